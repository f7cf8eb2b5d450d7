export { onlyAs } from './client';
export { ApiError, type ApiErrorCode, describeError, toApiError } from './errors';
export * from './gen';
export { zLoginInput, zRegisterInput } from './gen/zod.gen';
export { keepSessionFresh, renewSession } from './renewal';
export { type Ending, endSession, lastEnding, type Session, saveSession, session, sessionRevoked } from './session';
