import { describe, expect, it } from 'vitest';
import { differencesOf } from './policy-difference.ts';

const A = 'aa'.repeat(32);
const B = 'bb'.repeat(32);
const value = (digest: string, more: object = {}) => ({ digest, comment: 'image', ...more });
const policy = (change: object = {}) => ({ approval: 'required', reattestationInterval: 300, ...change });
const pcr = (values: unknown, mode = 'enforce') => ({ tpm: { pcrs: { '4': { mode, values } } } });
const effects = (before: unknown, after: unknown) =>
  differencesOf(before, after).map(({ path, effect }) => [path, effect]);

describe('difference of two policies', () => {
  it('is empty for the same document, however its members and lists are ordered', () => {
    const one = { a: 1, ...pcr([value(A), value(B)]) };
    const other = { ...pcr([value(B), value(A)]), a: 1 };
    expect(differencesOf(one, other)).toEqual([]);
  });

  it('names changed, added and removed fields by path, got and wanted', () => {
    const before = { approval: 'automatic', pcrs: { 4: { mode: 'warn' }, 11: { mode: 'enforce' } } };
    const after = { approval: 'required', pcrs: { 4: { mode: 'warn' }, 5: { mode: 'enforce' } } };
    expect(differencesOf(before, after)).toEqual([
      { path: 'approval', before: '"automatic"', after: '"required"', effect: 'tightens' },
      { path: 'pcrs.5', before: null, after: '{"mode":"enforce"}', effect: 'tightens' },
      { path: 'pcrs.11', before: '{"mode":"enforce"}', after: null, effect: 'loosens' },
    ]);
  });

  it.each<[string, unknown, unknown, string]>([
    ['any in the place of a list', pcr([value(A)]), pcr('any'), 'tpm.pcrs.4.values'],
    ['one more reference value', pcr([value(A)]), pcr([value(A), value(B)]), `tpm.pcrs.4.values.${B}`],
    [
      'a value that holds longer',
      pcr([value(A, { until: '2026-01-01T00:00:00Z' })]),
      pcr([value(A, { until: '2027-01-01T00:00:00Z' })]),
      `tpm.pcrs.4.values.${A}.until`,
    ],
    [
      'a value without its end',
      pcr([value(A, { until: '2026-01-01T00:00:00Z' })]),
      pcr([value(A)]),
      `tpm.pcrs.4.values.${A}.until`,
    ],
    [
      'a value that holds sooner',
      pcr([value(A, { from: '2027-01-01T00:00:00Z' })]),
      pcr([value(A, { from: '2026-01-01T00:00:00Z' })]),
      `tpm.pcrs.4.values.${A}.from`,
    ],
    ['a register that only warns', pcr([value(A)]), pcr([value(A)], 'warn'), 'tpm.pcrs.4.mode'],
    ['no approval', policy(), policy({ approval: 'automatic' }), 'approval'],
    ['rarer appraisals', policy(), policy({ reattestationInterval: 600 }), 'reattestationInterval'],
    [
      'older collateral',
      policy({ maximumCollateralAge: 60 }),
      policy({ maximumCollateralAge: 'any' }),
      'maximumCollateralAge',
    ],
    ['one more machine', { machines: [A] }, { machines: [A, B] }, `machines.${B}`],
    [
      'one chip less on the deny list',
      { snp: { chips: { deny: [A] } } },
      { snp: { chips: { deny: [] } } },
      `snp.chips.deny.${A}`,
    ],
    [
      'one more product',
      { snp: { products: [{ product: 'Genoa' }] } },
      { snp: { products: [{ product: 'Milan' }, { product: 'Genoa' }] } },
      'snp.products.Milan',
    ],
    [
      'a lower floor',
      { snp: { products: [{ product: 'Genoa', minimumTcb: { launch: { snp: 9 } } }] } },
      { snp: { products: [{ product: 'Genoa', minimumTcb: { launch: { snp: 8 } } }] } },
      'snp.products.Genoa.minimumTcb.launch.snp',
    ],
    [
      'an unfinished firmware',
      { snp: { provisionalFirmware: 'refuse' } },
      { snp: { provisionalFirmware: 'any' } },
      'snp.provisionalFirmware',
    ],
    [
      'an older evaluation',
      { tdx: { minimumTcbEvaluationDataNumber: 17 } },
      { tdx: { minimumTcbEvaluationDataNumber: 16 } },
      'tdx.minimumTcbEvaluationDataNumber',
    ],
    [
      'an exception',
      { tdx: { tcbStatus: { exceptions: [] } } },
      {
        tdx: { tcbStatus: { exceptions: [{ status: 'SWHardeningNeeded', advisories: ['INTEL-SA-00615'] }] } },
      },
      'tdx.tcbStatus.exceptions.SWHardeningNeeded,INTEL-SA-00615',
    ],
    ['no event log', { tpm: { eventLog: 'required' } }, { tpm: { eventLog: 'any' } }, 'tpm.eventLog'],
  ])('says that %s loosens, and the way back tightens', (_, before, after, path) => {
    expect(effects(before, after)).toEqual([[path, 'loosens']]);
    expect(effects(after, before)).toEqual([[path, 'tightens']]);
  });

  it.each<[string, unknown, unknown]>([
    ['another bank', { tpm: { bank: 'sha256' } }, { tpm: { bank: 'sha384' } }],
    ['another bit', { snp: { guestPolicy: { smt: true } } }, { snp: { guestPolicy: { smt: false } } }],
    ['a section that comes with another variant', {}, { tdx: { eventLog: 'any' } }],
  ])('does not weigh %s', (_, before, after) => {
    expect(differencesOf(before, after).map(({ effect }) => effect)).toEqual(['changes']);
  });

  it('knows a comment from a decision', () => {
    const [before, after] = [pcr([value(A)]), pcr([value(A, { comment: 'image 2' })])];
    expect(effects(before, after)).toEqual([[`tpm.pcrs.4.values.${A}.comment`, 'none']]);
  });

  it('keeps several windows of one value apart', () => {
    const first = value(A, { until: '2026-01-01T00:00:00Z' });
    const second = value(A, { from: '2027-01-01T00:00:00Z' });
    expect(effects(pcr([first]), pcr([first, second]))).toEqual([[`tpm.pcrs.4.values.${A}#2`, 'loosens']]);
  });
});
