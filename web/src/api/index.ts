import './client';

export { ApiError, type ApiErrorCode, describeError, toApiError } from './errors';
export * from './gen';
export { zLoginInput, zRegisterInput } from './gen/zod.gen';
export { keepSessionFresh, renewSession } from './renewal';
export { endSession, type Session, saveSession, session } from './session';
