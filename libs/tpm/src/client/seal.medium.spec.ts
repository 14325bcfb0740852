import { concat, sha256, toHex, utf8, type Bytes } from '@asterism/bytes';
import { recordTransport, softwareTpms, type RecordingTransport, type SoftwareTpms } from '@asterism/testkit';
import { openTpmUnixSocket, type SoftwareTpm } from '@asterism/tpm-device';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { makeCredential } from '../credential/make-credential.ts';
import { toObjectAttributes } from '../structures/attributes.ts';
import type { KeyedHashPublic } from '../structures/public-area.ts';
import { activateCredential, createAk, createEk, loadAk, withStorageRoot } from './keys.ts';
import { policyPcrDigest, seal, unseal } from './seal.ts';
import { MAX_SEALED, Tpm } from './tpm.ts';
import type { TpmTransport } from './transport.ts';

const SECRET = utf8('a key of thirty-two bytes, kept!');
const SELECTION = { bank: 'sha256', pcrs: [7, 16] } as const;
const MEASURED = new Map([['sha256', await sha256(utf8('measured'))]] as const);
/** TPM_CC_Unseal. */
const UNSEAL = 0x15e;

let tpms: SoftwareTpms;
let [a, b]: SoftwareTpm[] = [];
let tpm: Tpm;
let bus: RecordingTransport;
beforeAll(async () => {
  tpms = await softwareTpms();
  [a, b] = await Promise.all([tpms.start('a'), tpms.start('b')]);
});
afterAll(() => tpms.remove());

const connect = (device: SoftwareTpm | undefined) => openTpmUnixSocket(device?.dataSocket ?? '');
beforeEach(async () => {
  bus = recordTransport(await connect(a));
  tpm = new Tpm(bus);
});
afterEach(() => tpm.close());

async function reboot(): Promise<void> {
  await tpm.close();
  await a?.reboot();
  bus = recordTransport(await connect(a));
  tpm = new Tpm(bus);
}

describe('sealed data', () => {
  it.each([1, 32, MAX_SEALED])(
    'of %i bytes comes back, also after a reboot into the same state',
    async (length) => {
      const data = new Uint8Array(length).fill(0xd5);
      const blob = await seal(tpm, data, SELECTION);
      expect(await unseal(tpm, blob)).toEqual(data);
      await reboot();
      expect(await unseal(tpm, blob)).toEqual(data);
    },
  );

  it.each([7, 16])('S25 stays shut once PCR %i has moved, until it is back', async (pcr) => {
    await reboot();
    const blob = await seal(tpm, SECRET, SELECTION);
    await tpm.pcrExtend(pcr, MEASURED);
    await expect(unseal(tpm, blob)).rejects.toMatchObject({
      name: 'TpmCommandError',
      code: 'policy-failed',
      responseName: 'TPM_RC_POLICY_FAIL (session 1)',
    });
    await reboot();
    expect(await unseal(tpm, blob)).toEqual(SECRET);
  });

  it('does not mind other PCRs', async () => {
    const blob = await seal(tpm, SECRET, { bank: 'sha256', pcrs: [7] });
    await tpm.pcrExtend(16, MEASURED);
    expect(await unseal(tpm, blob)).toEqual(SECRET);
  });

  it('S25 does not open in another TPM', async () => {
    const blob = await seal(tpm, SECRET, SELECTION);
    const other = new Tpm(await connect(b));
    await expect(unseal(other, blob)).rejects.toMatchObject({
      code: 'command-failed',
      responseName: 'TPM_RC_INTEGRITY (parameter 1)',
    });
    await other.close();
  });

  it(
    'S09 does not open with any byte changed or missing, and every refusal has a code',
    { timeout: 30_000 },
    async () => {
      const blob = await seal(tpm, SECRET, SELECTION);
      const code = (reason: unknown) => (reason as { code?: string }).code;
      const refusal = (changed: Bytes) => unseal(tpm, changed).then(() => 'opened', code);
      for (let at = 0; at < blob.length; at += 7) {
        const changed = Uint8Array.from(blob, (byte, i) => (i === at ? byte ^ 0x04 : byte));
        expect(
          ['malformed', 'unsupported', 'too-large', 'command-failed', 'policy-failed'],
          `byte ${at}`,
        ).toContain(await refusal(changed));
        expect(await refusal(blob.slice(0, at))).toBe('malformed');
      }
      expect(await refusal(Uint8Array.from([...blob, 0]))).toBe('malformed');
      expect(await tpm.listHandles(0x80000000)).toEqual([]);
      expect(await tpm.listHandles(0x02000000)).toEqual([]);
    },
  );

  it('cannot be nothing, over 128 bytes or sealed to no PCR', async () => {
    const refused = (code: string) => ({ name: 'TpmFormatError', code });
    await expect(seal(tpm, new Uint8Array(), SELECTION)).rejects.toMatchObject(refused('malformed'));
    await expect(seal(tpm, SECRET, { bank: 'sha256', pcrs: [] })).rejects.toMatchObject(refused('malformed'));
    await expect(seal(tpm, new Uint8Array(129), SELECTION)).rejects.toMatchObject(refused('too-large'));
    expect(await tpm.listHandles(0x80000000)).toEqual([]);
  });
});

describe('data sealed to values that PCRs will have', () => {
  it('stays shut until they have them', async () => {
    await reboot();
    const selection = { bank: 'sha256', pcrs: [7, 11] } as const;
    const measured = await sha256(utf8('the next image'));
    const before = (await tpm.pcrRead('sha256', [11])).get(11) ?? new Uint8Array();
    const after = await sha256(concat(before, measured));
    const expected = await policyPcrDigest(tpm, selection, new Map([[11, after]]));
    const blob = await seal(tpm, SECRET, selection, expected);
    await expect(unseal(tpm, blob)).rejects.toMatchObject({ code: 'policy-failed' });
    await tpm.pcrExtend(11, new Map([['sha256', measured]]));
    expect(await unseal(tpm, blob)).toEqual(SECRET);
    expect(toHex(await policyPcrDigest(tpm, selection))).toBe(toHex(expected));
    await tpm.pcrExtend(7, new Map([['sha256', measured]]));
    await expect(unseal(tpm, blob)).rejects.toMatchObject({ code: 'policy-failed' });
    await reboot();
  });

  it('is of the selection alone, in its order whatever the order of the values', async () => {
    const selection = { bank: 'sha256', pcrs: [16, 7] } as const;
    const [low, high] = [new Uint8Array(32).fill(7), new Uint8Array(32).fill(16)];
    const digests = [
      new Map([
        [7, low],
        [16, high],
      ]),
      new Map([
        [16, high],
        [7, low],
      ]),
    ].map((values) => policyPcrDigest(tpm, selection, values));
    const own = toHex(await sha256(concat(low, high)));
    expect((await Promise.all(digests)).map(toHex)).toEqual([own, own]);
    // SHA-256 is the session's hash, whatever the bank.
    const longer = new Map([[7, new Uint8Array(48)]]);
    const sha384 = await policyPcrDigest(tpm, { bank: 'sha384', pcrs: [7] }, longer);
    expect(toHex(sha384)).toBe(toHex(await sha256(new Uint8Array(48))));
    const refused = { name: 'TpmFormatError', code: 'malformed' };
    await expect(policyPcrDigest(tpm, selection, new Map([[8, low]]))).rejects.toMatchObject(refused);
    await expect(policyPcrDigest(tpm, selection, new Map([[7, low.slice(1)]]))).rejects.toMatchObject(
      refused,
    );
  });

  it('has the same policy that the TPM makes of its present values', async () => {
    const now = await policyPcrDigest(tpm, SELECTION);
    expect(await unseal(tpm, await seal(tpm, SECRET, SELECTION, now))).toEqual(SECRET);
  });
});

describe('the bus of the TPM', () => {
  it('never carries sealed data in the clear, on the way in or out', async () => {
    const blob = await seal(tpm, SECRET, SELECTION);
    expect(await unseal(tpm, blob)).toEqual(SECRET);
    expect(bus.recorded.length).toBeGreaterThan(10);
    expect(bus.saw(SECRET)).toBe(false);
    expect(bus.saw(SECRET.subarray(0, 8))).toBe(false);
  });

  it('never carries the secret of a credential in the clear', async () => {
    for (const template of ['L-1', 'H-3'] as const) {
      const ek = await createEk(tpm, template);
      const ak = await loadAk(tpm, await createAk(tpm, { type: 'ecc' }));
      const credential = await makeCredential({ ekPublic: ek.public, akName: ak.name, secret: SECRET });
      expect(await activateCredential(tpm, { ak, ek }, credential)).toEqual(SECRET);
      for (const key of [ek, ak]) await tpm.flush(key);
    }
    expect(bus.saw(SECRET)).toBe(false);
  });

  it('carries it without an encrypting session: the search finds what is in the clear', async () => {
    const template: KeyedHashPublic = {
      type: 'keyedhash',
      nameAlg: 'sha256',
      attributes: toObjectAttributes(['fixedTpm', 'fixedParent', 'userWithAuth']),
      authPolicy: new Uint8Array(),
      hmac: null,
      unique: new Uint8Array(),
    };
    await withStorageRoot(tpm, (root) => tpm.create(root, template, SECRET));
    expect(bus.saw(SECRET)).toBe(true);
  });

  it('that changes an answer is found out', async () => {
    const blob = await seal(tpm, SECRET, SELECTION);
    await tpm.close();
    const honest = await connect(a);
    const liar: TpmTransport = {
      close: () => honest.close(),
      transceive: async (command) => {
        const response = await honest.transceive(command);
        const isUnseal = new DataView(command.buffer, command.byteOffset).getUint32(6) === UNSEAL;
        // Bytes 10 to 13 are the size of the parameters, 14 and 15 that of the data.
        return isUnseal ? response.map((byte, i) => (i === 16 ? byte ^ 1 : byte)) : response;
      },
    };
    tpm = new Tpm(liar);
    await expect(unseal(tpm, blob)).rejects.toMatchObject({
      name: 'TpmCommandError',
      code: 'response-forged',
    });
  });
});
