export { onlyAs } from './client';
export { isAskedEarly } from './early';
export { ApiError, type ApiErrorCode, describeError, toApiError } from './errors';
export type { Session as DeviceSession } from './gen';
export * from './gen';
export { zChangePasswordInput, zLoginInput, zRegisterInput, zUpdateProfileInput } from './gen/zod.gen';
export { keepSessionFresh, renewSession } from './renewal';
export {
  type Ending,
  endSession,
  lastEnding,
  leaveSession,
  type Session,
  saveSession,
  session,
  sessionRevoked,
} from './session';
