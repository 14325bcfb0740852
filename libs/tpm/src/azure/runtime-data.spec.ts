import { toBase64url, toHex, utf8, type Bytes } from '@asterism/bytes';
import {
  bitFlips,
  mintAk,
  mintHclReport,
  mutations,
  truncations,
  type HclReportOrder,
} from '@asterism/testkit';
import { beforeAll, describe, expect, it } from 'vitest';
import { TpmFormatError } from '../errors.ts';
import { encodePublic, type RsaPublic } from '../structures/public-area.ts';
import { toHclAkPublic, verifyHclAttestationKey } from './hcl-attestation-key.ts';
import { parseHclReport } from './parse-hcl-report.ts';
import { verifyRuntimeDataBinding } from './runtime-data-binding.ts';
import { parseRuntimeData } from './runtime-data.ts';

const ak = mintAk('rsassa-2048').area as RsaPublic;
const other = mintAk('rsassa-2048').area as RsaPublic;

async function mint(order: Partial<HclReportOrder> = {}) {
  let reportData = new Uint8Array();
  const hardwareReport = (data: Bytes) => {
    reportData = data;
    return new Uint8Array(1184);
  };
  const bytes = await mintHclReport({ reportType: 'SNP', ak, hardwareReport, ...order });
  return { report: parseHclReport(bytes), reportData };
}

/** Runtime data as an object to change and write again. */
type Json = { keys: Record<string, unknown>[] } & Record<string, unknown>;
let text: string;
beforeAll(async () => {
  text = new TextDecoder().decode((await mint()).report.runtimeData);
});
function changed(change: (json: Json) => void): Bytes {
  const json = JSON.parse(text) as Json;
  change(json);
  return utf8(JSON.stringify(json));
}
const withKey = (index: number, fields: Record<string, unknown>) =>
  changed(({ keys }) => Object.assign(keys[index] ?? {}, fields));
const withConfiguration = (fields: Record<string, unknown>) =>
  changed((json) => Object.assign(json['vm-configuration'] as object, fields));

function refusal(runtimeData: Uint8Array): TpmFormatError {
  try {
    parseRuntimeData(runtimeData);
  } catch (error) {
    if (error instanceof TpmFormatError) return error;
    throw error;
  }
  throw new Error('was read');
}

const modulus = (length: number, first: number) => {
  const bytes = new Uint8Array(length).fill(0x5a);
  bytes[0] = first;
  return toBase64url(bytes);
};

const REFUSED: readonly [what: string, runtimeData: () => Bytes][] = [
  ['nothing', () => new Uint8Array()],
  ['what is not JSON', () => utf8('{"keys":[}')],
  ['what is not UTF-8', () => Uint8Array.of(0x22, 0xff, 0x22)],
  ['null', () => utf8('null')],
  ['a list', () => utf8('[]')],
  ['lists in one another', () => utf8('['.repeat(4000))],
  ['no keys', () => changed((json) => Reflect.deleteProperty(json, 'keys'))],
  ['keys that are no list', () => changed((json) => Object.assign(json, { keys: { HCLAkPub: {} } }))],
  ['a key that is null', () => changed(({ keys }) => keys.push(null as never))],
  ['no HCLAkPub', () => withKey(0, { kid: 'HCLTransferKey' })],
  ['S05 HCLAkPub twice', () => changed(({ keys }) => keys.push({ ...keys[0] }))],
  ['S05 another HCLAkPub behind it', () => changed(({ keys }) => keys.push({ ...keys[1], kid: 'HCLAkPub' }))],
  ['HCLAkPub of an elliptic curve', () => withKey(0, { kty: 'EC' })],
  ['a modulus of 1024 bits', () => withKey(0, { n: modulus(128, 0x80) })],
  ['a modulus of 2056 bits', () => withKey(0, { n: modulus(257, 0x80) })],
  ['a modulus that starts with zero', () => withKey(0, { n: modulus(256, 0) })],
  ['a modulus in base64', () => withKey(0, { n: `${modulus(256, 0x80)}==` })],
  ['a modulus that is no text', () => withKey(0, { n: 5 })],
  ['an empty exponent', () => withKey(0, { e: '' })],
  ['an exponent that starts with zero', () => withKey(0, { e: 'AAEAAQ' })],
  ['an exponent of five bytes', () => withKey(0, { e: 'AQAAAAE' })],
  ['no configuration', () => changed((json) => Reflect.deleteProperty(json, 'vm-configuration'))],
  ['secure-boot that is a text', () => withConfiguration({ 'secure-boot': 'true' })],
  ['console-enabled that is null', () => withConfiguration({ 'console-enabled': null })],
  ['tpm-enabled that is a number', () => withConfiguration({ 'tpm-enabled': 1 })],
  ['vmUniqueId that is a number', () => withConfiguration({ vmUniqueId: 7 })],
  ['user-data that is null', () => changed((json) => Object.assign(json, { 'user-data': null }))],
  ['user-data of 32 bytes', () => changed((json) => Object.assign(json, { 'user-data': '00'.repeat(32) }))],
  [
    'user-data of no hexadecimal',
    () => changed((json) => Object.assign(json, { 'user-data': 'zz'.repeat(64) })),
  ],
];

describe('runtime data', () => {
  it('has the keys, the configuration and what the guest wrote', async () => {
    const userData = new Uint8Array(64).fill(0xab);
    const { report } = await mint({ userData, vmConfiguration: { 'secure-boot': false } });
    const { akPublic, ekPublic, vmConfiguration, ...rest } = parseRuntimeData(report.runtimeData);
    expect(akPublic).toEqual({ modulus: ak.modulus, exponent: 65537 });
    expect(ekPublic?.modulus).not.toEqual(ak.modulus);
    expect(vmConfiguration).toMatchObject({ secureBoot: false, tpmEnabled: true, consoleEnabled: false });
    expect(vmConfiguration.stated['tpm-persisted']).toBe(true);
    expect(rest.userData).toEqual(userData);
  });

  it('may have user data in lower case, or none', () => {
    const lower = changed((json) => Object.assign(json, { 'user-data': 'ab'.repeat(64) }));
    expect(parseRuntimeData(lower).userData).toEqual(new Uint8Array(64).fill(0xab));
    const none = changed((json) => Reflect.deleteProperty(json, 'user-data'));
    const empty = changed((json) => Object.assign(json, { 'user-data': '' }));
    for (const text of [none, empty]) expect(parseRuntimeData(text).userData).toHaveLength(0);
  });

  it('may have no endorsement key', () => {
    const alone = changed((json) => json.keys.pop());
    expect(parseRuntimeData(alone)).toMatchObject({ ekPublic: null, akPublic: { modulus: ak.modulus } });
  });

  it('may have keys and fields that are not known', () => {
    const more = changed((json) => {
      json.keys.push({ kid: 'HCLTransferKey', kty: 'RSA' });
      json['vmgs-provisioner'] = { id: 1 };
    });
    expect(parseRuntimeData(more).akPublic.modulus).toEqual(ak.modulus);
  });

  it.each(REFUSED)('S09 with %s is malformed', (_what, runtimeData) => {
    expect(refusal(runtimeData())).toMatchObject({ code: 'malformed', outcome: 'input' });
  });

  it('S09 truncated at every byte is malformed', () => {
    for (const cut of truncations(utf8(text))) expect(refusal(cut).code).toBe('malformed');
  });

  it('S09 changed in any bit or at random gives coded refusals only', { timeout: 20_000 }, () => {
    for (const bytes of [...bitFlips(utf8(text)), ...mutations(utf8(text), 1236, 2_000)]) {
      try {
        parseRuntimeData(bytes);
      } catch (error) {
        expect(error).toBeInstanceOf(TpmFormatError);
      }
    }
  });
});

describe('the binding of runtime data to a TEE report', () => {
  it('is its SHA-256 and zeros', async () => {
    const { report, reportData } = await mint();
    await verifyRuntimeDataBinding(report, reportData);
  });

  const refused = { name: 'TpmNotGenuineError', code: 'runtime-data-mismatch', outcome: 'genuine' };

  it('S05 every bit of the runtime data and of the report data counts', async () => {
    const { report, reportData } = await mint();
    for (const runtimeData of bitFlips(report.runtimeData)) {
      await expect(verifyRuntimeDataBinding({ ...report, runtimeData }, reportData)).rejects.toMatchObject(
        refused,
      );
    }
    for (const flipped of bitFlips(reportData)) {
      await expect(verifyRuntimeDataBinding(report, flipped)).rejects.toMatchObject(refused);
    }
  });

  it('S05 report data of another length is refused', async () => {
    const { report, reportData } = await mint();
    for (const length of [0, 32, 63]) {
      await expect(verifyRuntimeDataBinding(report, reportData.slice(0, length))).rejects.toMatchObject(
        refused,
      );
    }
  });

  it('S05 padding counted as runtime data is other runtime data', async () => {
    const { report, reportData } = await mint();
    const runtimeData = new Uint8Array([...report.runtimeData, 0]);
    await expect(verifyRuntimeDataBinding({ ...report, runtimeData }, reportData)).rejects.toMatchObject(
      refused,
    );
  });
});

describe('the attestation key of runtime data', () => {
  const key = { modulus: ak.modulus, exponent: 65537 };
  const mismatch = expect.objectContaining({ name: 'TpmNotGenuineError', code: 'ak-mismatch' });

  it('is compared by its key; what a TPM says beside it is the quote to prove', () => {
    verifyHclAttestationKey(ak, key);
    verifyHclAttestationKey(toHclAkPublic(key), key);
  });

  it('has the public area of the template that the paravisor makes it from', () => {
    const head = '0001000b00050472000000100014000b08000000';
    expect(toHex(encodePublic(toHclAkPublic(key)))).toBe(`${head}00000100${toHex(key.modulus)}`);
    expect(toHclAkPublic({ ...key, exponent: 3 }).exponent).toBe(3);
  });

  it('S05 another key, an elliptic one, or another exponent is refused', () => {
    for (const area of [other, mintAk('ecdsa-p256').area, { ...ak, exponent: 3 }]) {
      expect(() => verifyHclAttestationKey(area, key)).toThrow(mismatch);
    }
    expect(() => verifyHclAttestationKey(ak, { ...key, exponent: 3 })).toThrow(mismatch);
  });

  it('S09 a public area without a key is malformed', () => {
    expect(() => verifyHclAttestationKey({ ...ak, modulus: new Uint8Array() }, key)).toThrow(
      expect.objectContaining({ code: 'malformed' }),
    );
  });
});
