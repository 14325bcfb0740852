import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { KeysError, type KeysErrorCode } from '../errors.ts';
import { openAnySlot, type SealSlot } from './open-any-slot.ts';
import type { Seal, SealKind } from './seal.ts';

const KEK = new Uint8Array(randomBytes(32));
const sealed = (text: string) => Buffer.from(text);

/** A seal that opens what names it, and answers for everything else with a code. */
function sealOf(kind: SealKind, opens: string, otherwise: KeysErrorCode | Error = 'seal-wrong'): Seal {
  return {
    kind,
    seal: () => Promise.reject(new Error('not asked for')),
    unseal: async (bytes) => {
      if (Buffer.from(bytes).toString() === opens) return KEK.slice();
      throw otherwise instanceof Error ? otherwise : new KeysError(otherwise, `of ${kind}`);
    },
  };
}
const slot = (kind: SealSlot['kind'], text: string, id = text) => ({ kind, sealed: sealed(text), id });
const refusal = (code: string) => expect.objectContaining({ name: 'KeysError', code });

describe('openAnySlot', () => {
  it('gives the KEK and the slot that opened, however many before it do not', async () => {
    const seals = [sealOf('tpm', 'after'), sealOf('kek', 'cloud')];
    const slots = [
      slot('key-file', 'file'),
      slot('tpm', 'before'),
      slot('tpm', 'after'),
      slot('kek', 'cloud'),
    ];
    const opened = await openAnySlot(seals, slots);
    expect(opened.kek).toEqual(KEK);
    expect(opened.slot.id).toBe('after');
  });

  it('tries each slot with the seals of its kind alone, and all of them', async () => {
    const seals = [sealOf('kek', 'a'), sealOf('kek', 'b'), sealOf('tpm', 'c')];
    expect((await openAnySlot(seals, [slot('kek', 'b')])).slot.id).toBe('b');
    await expect(openAnySlot(seals, [slot('kek', 'c')])).rejects.toEqual(refusal('seal-wrong'));
  });

  it('tries a slot of an earlier version with every seal', async () => {
    const seals = [sealOf('tpm', 'x', 'seal-malformed'), sealOf('key-file', 'old')];
    expect((await openAnySlot(seals, [slot('first', 'old')])).slot.id).toBe('old');
  });

  it.each<[KeysErrorCode, KeysErrorCode[]]>([
    ['seal-unavailable', ['seal-malformed', 'seal-wrong', 'seal-unavailable']],
    ['seal-wrong', ['seal-malformed', 'seal-wrong']],
    ['seal-malformed', ['seal-malformed']],
  ])('says %s of %j', async (telling, codes) => {
    const seals = codes.map((code) => sealOf('kek', 'none', code));
    await expect(openAnySlot(seals, [slot('kek', 'x')])).rejects.toEqual(refusal(telling));
    await expect(openAnySlot(seals.reverse(), [slot('kek', 'x')])).rejects.toEqual(refusal(telling));
  });

  it('S25 leaves the sealed bytes as they are, and takes a KEK of another length from nobody', async () => {
    const slots = [slot('tpm', 'shut')];
    await expect(openAnySlot([sealOf('tpm', 'other')], slots)).rejects.toEqual(refusal('seal-wrong'));
    expect(slots[0]?.sealed).toEqual(sealed('shut'));
    const short: Seal = { ...sealOf('tpm', 'shut'), unseal: async () => KEK.slice(0, 16) };
    await expect(openAnySlot([short], slots)).rejects.toEqual(refusal('seal-malformed'));
  });

  it('is undecided without a slot, or without a seal of its kind', async () => {
    await expect(openAnySlot([sealOf('tpm', 'x')], [])).rejects.toEqual(refusal('seal-unavailable'));
    await expect(openAnySlot([sealOf('tpm', 'x')], [slot('kek', 'x')])).rejects.toEqual(
      refusal('seal-unavailable'),
    );
  });

  it('does not take a fault of its own for an answer', async () => {
    const broken = sealOf('tpm', 'none', new TypeError('a defect'));
    await expect(openAnySlot([broken, sealOf('tpm', 'x')], [slot('tpm', 'x')])).rejects.toThrow('a defect');
  });
});
