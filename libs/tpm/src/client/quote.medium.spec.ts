import { equalBytes, sha256, toHex, utf8, type Bytes } from '@asterism/bytes';
import { softwareTpms, type SoftwareTpms } from '@asterism/testkit';
import { openTpmUnixSocket, type SoftwareTpm } from '@asterism/tpm-device';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { extendPcr } from '../event-log/replay-event-log.ts';
import { extendMeasuredLaunch } from '../launch/extend-measured-launch.ts';
import { planMeasuredLaunch } from '../launch/measured-launch.ts';
import { parseTpmQuote } from '../quote/parse-tpm-quote.ts';
import { verifyTpmQuote } from '../quote/verify-tpm-quote.ts';
import { createAk, loadAk, type AkType } from './keys.ts';
import { quote } from './quote.ts';
import { Tpm } from './tpm.ts';
import type { TpmTransport } from './transport.ts';

const BINDING = await sha256(utf8('this connection'));
const DIGEST = await sha256(utf8('something measured'));
const ZERO = new Uint8Array(32);
const PCRS = [0, 4, 7, 8, 9, 10, 11, 12, 14, 15] as const;
const QUOTE_COMMAND = 0x158;

let tpms: SoftwareTpms;
let device: SoftwareTpm;
let tpm: Tpm;
beforeAll(async () => {
  tpms = await softwareTpms();
  device = await tpms.start('a');
});
afterAll(() => tpms.remove());
beforeEach(async () => {
  tpm = new Tpm(await openTpmUnixSocket(device.dataSocket));
});
afterEach(() => tpm.close());

const sha256Of = (digest: Bytes) => new Map([['sha256', digest]] as const);

describe('PCRs', () => {
  it('are read, more than eight at a time, and extended as the TPM computes it', async () => {
    const before = await tpm.pcrRead('sha256', [...PCRS, 16]);
    expect([...before.keys()].sort((a, b) => a - b)).toEqual([...PCRS, 16]);
    await tpm.pcrExtend(16, sha256Of(DIGEST));
    const after = await tpm.pcrRead('sha256', [16, 15]);
    expect(toHex(after.get(16) ?? ZERO)).toBe(
      toHex(await extendPcr('sha256', before.get(16) ?? ZERO, DIGEST)),
    );
    expect(after.get(15)).toEqual(before.get(15));
  });

  it('are of the banks that the TPM has, and of no other', async () => {
    expect((await tpm.listPcrBanks()).map(({ bank, pcrs }) => [bank, pcrs.length])).toEqual([['sha256', 24]]);
    await expect(tpm.pcrRead('sha384', [0])).rejects.toMatchObject({
      name: 'TpmFormatError',
      code: 'unsupported',
    });
  });

  it('follow a measured launch to the values that were planned without a TPM', async () => {
    await tpm.close();
    await device.reboot();
    tpm = new Tpm(await openTpmUnixSocket(device.dataSocket));
    const launch = await planMeasuredLaunch({
      agentBundle: utf8('agent'),
      sharedConfiguration: utf8('{}'),
      kernelVersion: 'Linux',
      kernelCommandLine: 'quiet',
    });
    await extendMeasuredLaunch(tpm, launch);
    const values = await tpm.pcrRead('sha256', [...launch.expectedPcrs.keys()]);
    expect([...values].sort()).toEqual([...launch.expectedPcrs].sort());
  });
});

describe('a quote', () => {
  it.each<AkType>(['ecc', 'rsa'])(
    'by an %s attestation key is verified, over exactly these PCRs',
    async (type) => {
      const ak = await loadAk(tpm, await createAk(tpm, { type }));
      const made = await quote(tpm, ak, BINDING, { bank: 'sha256', pcrs: PCRS });
      await tpm.flush(ak);
      const parsed = parseTpmQuote({ ...made, akPublic: ak.publicArea });
      const expected = { qualifyingData: BINDING, bank: 'sha256', pcrSelection: PCRS } as const;
      const verified = await verifyTpmQuote(parsed, expected);
      expect(toHex(verified.akName)).toBe(toHex(ak.name));
      expect(verified.safe).toBe(true);
      expect([...verified.pcrs.keys()].sort((a, b) => a - b)).toEqual(PCRS);
      const fewer = verifyTpmQuote(parsed, { ...expected, pcrSelection: PCRS.slice(1) });
      await expect(fewer).rejects.toMatchObject({ code: 'pcr-selection-mismatch' });
      const other = verifyTpmQuote(parsed, { ...expected, qualifyingData: ZERO });
      await expect(other).rejects.toMatchObject({ code: 'qualifying-data-mismatch' });
    },
  );

  it('refuses qualifying data that no TPM takes, with the TPM’s own code', async () => {
    const ak = await loadAk(tpm, await createAk(tpm, { type: 'ecc' }));
    const refused = quote(tpm, ak, new Uint8Array(67), { bank: 'sha256', pcrs: [0] });
    await expect(refused).rejects.toMatchObject({
      code: 'command-failed',
      responseName: 'TPM_RC_SIZE (parameter 1)',
    });
    await tpm.flush(ak);
  });
});

/** Somebody extends PCR 16 right before each of the next `times` quotes. */
function withInterference(
  transport: TpmTransport,
  times: number,
): { transport: TpmTransport; quotes: () => number } {
  const other = new Tpm(transport);
  let [left, quotes] = [times, 0];
  return {
    quotes: () => quotes,
    transport: {
      close: () => transport.close(),
      transceive: async (command) => {
        if (new DataView(command.buffer, command.byteOffset).getUint32(6) === QUOTE_COMMAND) {
          quotes++;
          if (left-- > 0) await other.pcrExtend(16, sha256Of(DIGEST));
        }
        return transport.transceive(command);
      },
    },
  };
}

describe('a quote of PCRs that move in between', () => {
  it.each([1, 4])('is made again (%i times), so that values and digest agree', async (times) => {
    await tpm.close();
    const interfered = withInterference(await openTpmUnixSocket(device.dataSocket), times);
    tpm = new Tpm(interfered.transport);
    const ak = await loadAk(tpm, await createAk(tpm, { type: 'ecc' }));
    const made = await quote(tpm, ak, BINDING, { bank: 'sha256', pcrs: [16] });
    await tpm.flush(ak);
    expect(interfered.quotes()).toBe(times + 1);
    const parsed = parseTpmQuote({ ...made, akPublic: ak.publicArea });
    await verifyTpmQuote(parsed, { qualifyingData: BINDING, bank: 'sha256', pcrSelection: [16] });
  });

  it('is given up after five attempts', async () => {
    await tpm.close();
    const interfered = withInterference(await openTpmUnixSocket(device.dataSocket), Infinity);
    tpm = new Tpm(interfered.transport);
    const ak = await loadAk(tpm, await createAk(tpm, { type: 'ecc' }));
    await expect(quote(tpm, ak, BINDING, { bank: 'sha256', pcrs: [16] })).rejects.toMatchObject({
      code: 'pcrs-moving',
    });
    expect(interfered.quotes()).toBe(5);
    await tpm.flush(ak);
  });
});

describe('random bytes', () => {
  it('come in any number, other ones each time', async () => {
    const [a, b] = [await tpm.getRandom(200), await tpm.getRandom(200)];
    expect(a).toHaveLength(200);
    expect(equalBytes(a, b)).toBe(false);
    await tpm.selfTest(false);
  });
});
