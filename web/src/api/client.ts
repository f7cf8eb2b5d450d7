import { toApiError } from './errors';
import { client } from './gen/client.gen';
import { renewSession } from './renewal';
import { session } from './session';

client.setConfig({ baseUrl: window.location.origin, fetch: fetchWithSession });
client.interceptors.error.use((error, response) => toApiError(error, response));

/** Sends a request in the name of whoever is logged in. A refused token is renewed once and the request repeated. */
async function fetchWithSession(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
  const request = new Request(input, init);
  const token = session.get()?.accessToken;
  if (!token) return fetch(request);

  const response = await fetch(withToken(request.clone(), token));
  if (response.status !== 401) return response;
  const renewed = await renewSession(token);
  return fetch(withToken(request, renewed.accessToken));
}

function withToken(request: Request, token: string): Request {
  request.headers.set('Authorization', `Bearer ${token}`);
  return request;
}
