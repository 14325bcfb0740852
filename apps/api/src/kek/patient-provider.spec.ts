import { KekError } from '@asterism/keys';
import { expect, it } from 'vitest';
import { createMemoryKek } from '../testing/memory-kek.ts';
import { patientProvider } from './patient-provider.ts';

const CONTEXT = { cluster: '0197a3c2-5d2e-7c3a-9f61-0d2f6f3b8a11', key: 'volume/a/1' };
const KEY = new Uint8Array(32).fill(7);

function setUp() {
  const kek = createMemoryKek();
  const time = { now: 0 };
  const provider = patientProvider(kek.provider, () => time.now);
  const codeOf = () =>
    provider.wrap(KEY, CONTEXT).then(
      () => 'ok',
      (cause: unknown) => (cause instanceof KekError ? cause.code : 'other'),
    );
  return { kek, time, provider, codeOf };
}

it('asks once while a service is away, then one caller at a time, and everybody when it is back', async () => {
  const { kek, time, codeOf } = setUp();
  kek.fault = 'kek-unreachable';
  expect(await codeOf()).toBe('kek-unreachable');
  for (let n = 0; n < 5; n++) expect(await codeOf()).toBe('kek-unreachable');
  expect(kek.calls.wrap).toBe(1);
  time.now = 1_000;
  expect(await Promise.all([codeOf(), codeOf(), codeOf()])).toEqual(Array(3).fill('kek-unreachable'));
  expect(kek.calls.wrap).toBe(2);
  kek.fault = undefined;
  expect(await codeOf()).toBe('kek-unreachable');
  time.now = 2_000;
  expect(await codeOf()).toBe('ok');
  expect(await Promise.all([codeOf(), codeOf()])).toEqual(['ok', 'ok']);
});

it('does not answer for one key with the fault of another', async () => {
  const { kek, provider, codeOf } = setUp();
  const wrapped = await provider.wrap(KEY, CONTEXT);
  const other = { ...CONTEXT, key: 'volume/b/1' };
  await expect(provider.unwrap(wrapped, other)).rejects.toMatchObject({ code: 'kek-ciphertext-wrong' });
  expect(await provider.unwrap(wrapped, CONTEXT)).toEqual(KEY);
  kek.fault = 'kek-denied';
  expect(await codeOf()).toBe('kek-denied');
  kek.fault = undefined;
  expect(await codeOf()).toBe('ok');
});
