/** An access token that says what it must; nobody verifies it here. */
export function makeToken(userId: string, jti = 'first', sid = 'session'): string {
  return ['header', btoa(JSON.stringify({ sub: userId, sid, jti })), 'signature'].join('.');
}
