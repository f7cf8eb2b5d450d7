import type { ErrorBody, ErrorCode } from './gen';

/** What the server answers, and what happens when no answer of the API comes at all. */
export type ApiErrorCode = ErrorCode | 'NETWORK_ERROR';

type Failure = {
  code: string;
  message: string;
  retryable: boolean;
  details?: Record<string, string[]> | undefined;
  retryAfter?: number | null | undefined;
  status?: number | undefined;
  traceId?: string | null | undefined;
};

export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly code: ApiErrorCode;
  readonly retryable: boolean;
  readonly details: Record<string, string[]>;
  /** Seconds to wait before trying again. */
  readonly retryAfter: number | null;
  /** The HTTP status; null when the error did not come over HTTP. */
  readonly status: number | null;
  /** What finds the case in the server's log. */
  readonly traceId: string | null;

  constructor(failure: Failure) {
    super(failure.message);
    // A newer server may know cases that this page does not.
    this.code = isKnown(failure.code) ? failure.code : 'INTERNAL_ERROR';
    this.retryable = failure.retryable;
    this.details = failure.details ?? {};
    this.retryAfter = failure.retryAfter ?? null;
    this.status = failure.status ?? null;
    this.traceId = failure.traceId ?? null;
  }

  /** Whether it was not the request that was refused, but whoever made it. */
  get isAboutSession(): boolean {
    return ['UNAUTHORIZED', 'TOKEN_EXPIRED', 'TOKEN_REVOKED'].includes(this.code);
  }
}

/** Turns whatever a request failed with into an `ApiError`; an abort stays what it is. */
export function toApiError(error: unknown, response?: Response): unknown {
  if (error instanceof ApiError || (error instanceof DOMException && error.name === 'AbortError')) return error;
  if (isErrorBody(error)) return new ApiError({ ...error.error, status: response?.status });
  // No JSON of ours: the connection failed, or something between us and the server answered.
  return new ApiError({
    code: response ? 'SERVICE_UNAVAILABLE' : 'NETWORK_ERROR',
    message: response ? `HTTP ${response.status}` : 'The server cannot be reached.',
    retryable: !response || response.status >= 500,
    status: response?.status,
    traceId: response?.headers.get('X-Trace-ID'),
  });
}

/** The code in an answer that refuses; null when it is none of the API's. */
export async function errorCode(response: Response): Promise<string | null> {
  const body: unknown = await response.json().catch(() => null);
  return isErrorBody(body) ? body.error.code : null;
}

function isErrorBody(value: unknown): value is ErrorBody {
  return (
    typeof value === 'object' &&
    value !== null &&
    'error' in value &&
    typeof value.error === 'object' &&
    value.error !== null
  );
}

const words: Record<ApiErrorCode, string> = {
  VALIDATION_ERROR: 'Something you entered is not right. Please check it and try again.',
  UNAUTHORIZED: 'Please log in again.',
  TOKEN_EXPIRED: 'Please log in again.',
  TOKEN_REVOKED: 'You have been logged out. Please log in again.',
  FORBIDDEN: 'You are not allowed to do this.',
  NOT_IN_CONVERSATION: 'You are not a member of this conversation.',
  NOT_FOUND: 'This does not exist, or not any more.',
  METHOD_NOT_ALLOWED: 'This does not work here. Please reload the page.',
  CONFLICT: 'This clashes with something that is already there.',
  PAYLOAD_TOO_LARGE: 'This is too long.',
  UNSUPPORTED_MEDIA_TYPE: 'This does not work here. Please reload the page.',
  RATE_LIMITED: 'That was too often. Please wait a moment and try again.',
  INTERNAL_ERROR: 'Something went wrong on our side. Please try again.',
  DB_ERROR: 'The server is having trouble. Please try again in a moment.',
  SERVICE_UNAVAILABLE: 'The server is busy. Please try again in a moment.',
  NETWORK_ERROR: 'The server cannot be reached. Check your connection and try again.',
};

function isKnown(code: string): code is ApiErrorCode {
  return Object.hasOwn(words, code);
}

/** What to tell a person about an error; `special` has the words for what it means in one place only. */
export function describeError(error: unknown, special: Partial<Record<ApiErrorCode, string>> = {}): string {
  if (!(error instanceof ApiError)) return words.INTERNAL_ERROR;
  const text = special[error.code] ?? words[error.code];
  // Nobody can do anything about it but those who can read the server's log.
  if (error.code !== 'INTERNAL_ERROR' || !error.traceId) return text;
  return `${text} If it stays, tell whoever runs this server the code ${error.traceId}.`;
}
