import { describe, expect, test } from 'vitest';
import { answer, fail } from '@/test/server';
import { ApiError, describeError, getMe } from '.';

describe('errors', () => {
  test('carry what the server says', async () => {
    answer('get', '/users/me', () => fail(429, 'RATE_LIMITED', { retryable: true, retryAfter: 7 }));
    await expect(getMe()).rejects.toMatchObject({ code: 'RATE_LIMITED', retryable: true, retryAfter: 7, status: 429 });
  });

  test('are ours even when there is no answer', async () => {
    answer('get', '/users/me', () => Response.error());
    const error = await getMe().catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({ code: 'NETWORK_ERROR', retryable: true });
  });

  test('of something in between keep the trace id', async () => {
    answer(
      'get',
      '/users/me',
      () => new Response('<h1>Bad gateway</h1>', { status: 502, headers: { 'X-Trace-ID': 't1' } }),
    );
    await expect(getMe()).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE', retryable: true, traceId: 't1' });
  });
});

describe('the words for an error', () => {
  const error = (code: string, traceId?: string) => new ApiError({ code, message: '', retryable: false, traceId });

  test('say whom to tell what when it is nobody’s fault here', () => {
    expect(describeError(error('INTERNAL_ERROR', 'abc-1'))).toContain('tell whoever runs this server the code abc-1');
    expect(describeError(error('INTERNAL_ERROR'))).not.toContain('code');
  });

  test('are those for a fault of ours when a newer server knows more cases', () => {
    expect(describeError(error('TEAPOT', 'abc-1'))).toContain('Something went wrong on our side');
    expect(describeError(error('toString'))).toContain('Something went wrong on our side');
  });

  test('can be special to a place', () => {
    expect(describeError(error('FORBIDDEN'), { FORBIDDEN: 'Closed.' })).toBe('Closed.');
    expect(describeError(error('CONFLICT'), { FORBIDDEN: 'Closed.' })).not.toBe('Closed.');
  });

  test('exist for what is no answer of the API', () => {
    expect(describeError(new TypeError('x is undefined'))).toContain('Something went wrong');
  });
});
