import { type DefaultBodyType, HttpResponse, http } from 'msw';
import { setupServer } from 'msw/node';
import type { ErrorCode } from '@/api';

/** Answers requests in tests. A request that no test expects is an error. */
export const server = setupServer();

type Method = 'get' | 'post' | 'patch' | 'delete';
type Answer = (request: Request) => Response | Promise<Response>;

/** Has the server answer `method` on `path` below the API's base. */
export function answer(method: Method, path: string, respond: Answer): void {
  server.use(http[method](`*/api/v1${path}`, ({ request }) => respond(request)));
}

export function ok(data: DefaultBodyType, status = 200): Response {
  return HttpResponse.json({ data }, { status });
}

export function fail(
  status: number,
  code: ErrorCode,
  more: { details?: Record<string, string[]>; retryable?: boolean; retryAfter?: number } = {},
): Response {
  return HttpResponse.json(
    { error: { code, message: 'No.', retryable: false, traceId: 'trace', ...more } },
    { status },
  );
}
