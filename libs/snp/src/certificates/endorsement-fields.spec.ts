import {
  mintSnp,
  mintSnpPki,
  snpField,
  snpFieldOid,
  withExtension,
  withoutExtension,
  type SnpField,
  type Spoil,
} from '@asterism/testkit';
import { derOctetString, type Extension } from '@asterism/x509';
import { describe, expect, it } from 'vitest';
import { parseEndorsementFields, SnpInputError, type SnpProduct } from '../index.ts';
import { outcomeOf } from '../testing/outcome.ts';

/** Outcome of a report whose certificate is spoilt, and what reading that certificate says. */
async function refusal(product: SnpProduct, leaf: Spoil, kind: 'VCEK' | 'VLEK' = 'VCEK') {
  const pki = await mintSnpPki(product);
  const machine = await pki.machine({ kind, leaf });
  let message = 'read';
  try {
    parseEndorsementFields(machine.leaf);
  } catch (error) {
    if (!(error instanceof SnpInputError)) throw error;
    message = error.code;
  }
  return { message, outcome: await outcomeOf(machine.request(await machine.report())) };
}

const MALFORMED = {
  message: 'certificate-fields-malformed',
  outcome: ['certificate-fields-malformed'],
};

const raw = (field: SnpField, value: Uint8Array): Extension => ({
  oid: snpFieldOid(field),
  critical: false,
  value: new Uint8Array(value),
});

describe('parseEndorsementFields', () => {
  it.each([
    ['Milan', 'Milan-B0', 64],
    ['Genoa', 'Genoa', 64],
    ['Turin', 'Turin', 8],
  ] as const)('reads the VCEK of %s', async (product, productName, length) => {
    const machine = await mintSnp({ product });
    const fields = parseEndorsementFields(machine.leaf);
    expect(fields).toEqual({
      kind: 'VCEK',
      product,
      productName,
      tcb: machine.tcb,
      hwId: machine.hwId,
      cspId: undefined,
    });
    expect(fields.hwId).toHaveLength(length);
  });

  it.each([
    ['Bergamo', 'Genoa'],
    ['Siena-B0', 'Genoa'],
    ['Milan-B1', 'Milan'],
    ['Turin-C1', 'Turin'],
  ] as const)('knows %s as a product of %s', async (name, product) => {
    const machine = await mintSnp({ product, leaf: withExtension(snpField('productName', name)) });
    expect(parseEndorsementFields(machine.leaf)).toMatchObject({ product, productName: name });
    expect(await outcomeOf(machine.request(await machine.report()))).toBe('genuine');
  });
});

describe('S12 a field of the certificate', () => {
  it.each(['structVersion', 'productName', 'bootloader', 'tee', 'snp', 'microcode', 'hwId'] as const)(
    'S12 is missing: %s',
    async (field) => {
      expect(await refusal('Milan', withoutExtension(snpFieldOid(field)))).toEqual(MALFORMED);
    },
  );

  it('S12 is missing: FMC on Turin, the provider of a VLEK', async () => {
    expect(await refusal('Turin', withoutExtension(snpFieldOid('fmc')))).toEqual(MALFORMED);
    expect(await refusal('Milan', withoutExtension(snpFieldOid('cspId')), 'VLEK')).toEqual(MALFORMED);
  });

  it.each(['spare4', 'spare5', 'spare6', 'spare7'] as const)(
    'S12 is spare and must be zero: %s',
    async (field) => {
      expect(await refusal('Milan', withExtension(snpField(field, 1)))).toEqual(MALFORMED);
      expect(await refusal('Turin', withExtension(snpField(field, 1)))).toEqual(MALFORMED);
      expect((await refusal('Milan', withoutExtension(snpFieldOid(field)))).outcome).toBe('genuine');
    },
  );

  it.each([
    ['Milan', 1],
    ['Genoa', 1],
    ['Turin', 0],
    ['Turin', 2],
  ] as const)('S12 is of another layout: structVersion of %s is %i', async (product, version) => {
    expect(await refusal(product, withExtension(snpField('structVersion', version)))).toEqual(MALFORMED);
  });

  it('S12 does not belong to the product: FMC on Milan', async () => {
    expect(await refusal('Milan', withExtension(snpField('fmc', 0)))).toEqual(MALFORMED);
  });

  it.each([
    ['Milan', 8],
    ['Milan', 63],
    ['Milan', 65],
    ['Milan', 0],
    ['Turin', 64],
    ['Turin', 7],
  ] as const)('S12 has another length: hwID of %s with %i bytes', async (product, length) => {
    expect(await refusal(product, withExtension(snpField('hwId', new Uint8Array(length))))).toEqual(
      MALFORMED,
    );
  });

  it('S12 is wrapped: hwID stands as it is', async () => {
    const wrapped = raw('hwId', derOctetString(new Uint8Array(64)));
    expect(await refusal('Milan', withExtension(wrapped))).toEqual(MALFORMED);
  });

  it('S12 belongs to a chip or to a provider, not to both', async () => {
    expect(await refusal('Milan', withExtension(snpField('cspId', 'CN=x')))).toEqual(MALFORMED);
    expect(await refusal('Milan', withExtension(snpField('hwId', new Uint8Array(64))), 'VLEK')).toEqual(
      MALFORMED,
    );
  });

  it.each(['', 'milan', 'Rome', 'Venice', 'Milan-', 'Milan-B0 ', 'constructor', 'Milan-B0-C1'])(
    'S12 names no product that is known: %j',
    async (name) => {
      expect(await refusal('Milan', withExtension(snpField('productName', name)))).toEqual(MALFORMED);
    },
  );

  it.each([
    ['over a byte', 'tee', Uint8Array.of(2, 2, 1, 0)],
    ['negative', 'tee', Uint8Array.of(2, 1, 0x80)],
    ['a text', 'tee', Uint8Array.of(0x16, 1, 0x31)],
    ['empty', 'snp', new Uint8Array()],
    ['followed by more', 'snp', Uint8Array.of(2, 1, 24, 0)],
    ['not minimal', 'microcode', Uint8Array.of(2, 2, 0, 1)],
    ['a UTF8String', 'productName', Uint8Array.of(0x0c, 5, 0x4d, 0x69, 0x6c, 0x61, 0x6e)],
    ['no text', 'productName', Uint8Array.of(0x16, 1, 0xff)],
  ] as const)('S12 S09 is %s: %s', async (_what, field, value) => {
    expect(await refusal('Milan', withExtension(raw(field, value)))).toEqual(MALFORMED);
  });
});
