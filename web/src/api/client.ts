import { takeEarly } from './early';
import { ApiError, errorCode, toApiError } from './errors';
import { client } from './gen/client.gen';
import { renewSession } from './renewal';
import { session, sessionRevoked } from './session';

client.setConfig({ baseUrl: window.location.origin, fetch: fetchWithSession });
client.interceptors.error.use((error, response) => toApiError(error, response));

/** For these it does not matter who is logged in, and a refusal says nothing about a session. */
const anonymous = /\/auth\/(login|register)$/;

/** Sends a request in the name of whoever is logged in. A refused token is renewed once and the request repeated. */
async function fetchWithSession(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
  const request = new Request(input, init);
  const token = session.get()?.accessToken;
  if (!token || anonymous.test(request.url)) return fetch(request);

  const response = await fetchWithToken(request.clone(), token);
  if (response.status !== 401 || !session.get()) return response;
  const renewed = await renewSession(token);
  return fetchWithToken(request, renewed.accessToken);
}

async function fetchWithToken(request: Request, token: string): Promise<Response> {
  request.headers.set('Authorization', `Bearer ${token}`);
  const response = (await takeEarly(request, token)) ?? (await fetch(request));
  if (response.status === 401 && (await errorCode(response.clone())) === 'TOKEN_REVOKED') sessionRevoked(token);
  return response;
}

/** For what may go out in the name of one person alone, whoever is logged in by then. */
export function onlyAs(userId: string) {
  return {
    fetch: async (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
      if (session.get()?.userId === userId) return fetchWithSession(input, init);
      throw new ApiError({ code: 'UNAUTHORIZED', message: 'They are not logged in.', retryable: false });
    },
  };
}
