import { toHex } from '@asterism/bytes';
import { collateralFileOf, cutAnswer, mintTdx, mutations, type MintedTdxMachine } from '@asterism/testkit';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  collateralFromPcs,
  parseTdxCollateral,
  TdxFormatError,
  type PcsAnswer,
  type PcsAnswers,
  type TdxCollateral,
} from '../index.ts';

let machine: MintedTdxMachine;
let answers: Required<PcsAnswers>;
beforeAll(async () => {
  machine = await mintTdx();
  answers = await machine.answers();
});

type Name = 'tcbInfo' | 'qeIdentity';
const answerOf = (name: Name): PcsAnswer => answers[name] ?? { body: '' };
const malformed = expect.objectContaining({ code: 'collateral-malformed' }) as TdxFormatError;

/** The answers as one file in the layout of the vectors. */
const asFile = (): Record<string, unknown> => collateralFileOf(answers);

function comparable({ rootCaCrl, pckCrl, tcbInfo, qeIdentity }: TdxCollateral): unknown {
  const documents = [tcbInfo, qeIdentity].map(
    (document) => document && { ...document, content: document.content },
  );
  return { rootCaCrl, pckCrl, documents };
}

describe('collateral', () => {
  it('is the same from answers of PCS and from a file', () => {
    const collateral = collateralFromPcs(answers);
    expect(comparable(parseTdxCollateral(asFile()))).toEqual(comparable(collateral));
    expect(toHex(collateral.tcbInfo?.content.fmspc ?? new Uint8Array())).toBe(toHex(machine.fields.fmspc));
    expect(collateral.qeIdentity?.content.isvProdId).toBe(2);
  });

  it('may lack parts, and issuers', () => {
    expect(collateralFromPcs({})).toEqual(parseTdxCollateral({}));
    const { body } = answerOf('tcbInfo');
    expect(collateralFromPcs({ tcbInfo: { body } }).tcbInfo?.issuers).toEqual([]);
    const file = asFile();
    delete file['tcb_info_issuer_chain'];
    expect(parseTdxCollateral(file).tcbInfo?.issuers).toEqual([]);
  });

  it('keeps the signed text as it stands', () => {
    const { text } = cutAnswer(answerOf('qeIdentity'));
    const signed = collateralFromPcs(answers).qeIdentity?.signed;
    expect(new TextDecoder().decode(signed)).toBe(text);
  });

  it.each<readonly [what: string, file: (genuine: Record<string, unknown>) => unknown]>([
    ['null', () => null],
    ['a list', () => []],
    ['a text', () => 'collateral'],
    ['a number for a list', (file) => ({ ...file, pck_crl: 7 })],
    ['a list that is not hexadecimal', (file) => ({ ...file, pck_crl: 'xy' })],
    ['a list that is not DER', (file) => ({ ...file, root_ca_crl: '3000' })],
    ['a document without its signature', (file) => ({ ...file, tcb_info_signature: undefined })],
    ['a signature that is not hexadecimal', (file) => ({ ...file, qe_identity_signature: 'xy' })],
    ['a chain without certificates', (file) => ({ ...file, tcb_info_issuer_chain: 'x' })],
    ['a document that is not JSON', (file) => ({ ...file, tcb_info: '{' })],
    ['a document that is a list', (file) => ({ ...file, tcb_info: '[]' })],
  ])('S09 refuses %s', (_what, file) => {
    expect(() => parseTdxCollateral(file(asFile()))).toThrow(malformed);
  });

  it.each<readonly [what: string, answer: (genuine: PcsAnswer) => PcsAnswer]>([
    ['another document', ({ body }) => ({ body: body.replace('tcbInfo', 'enclaveIdentity') })],
    ['a body without a signature', ({ body }) => ({ body: body.replace(/,"signature.*/, '}') })],
    ['a short signature', ({ body }) => ({ body: body.replace(/"\w\w(\w+)"\}$/, '"$1"}') })],
    ['a body with more behind the signature', ({ body }) => ({ body: `${body}{}` })],
    ['an issuer chain in broken percent-encoding', ({ body }) => ({ body, issuerChain: '%' })],
    ['an issuer chain that is none', ({ body }) => ({ body, issuerChain: 'x' })],
  ])('S09 refuses an answer of PCS with %s', (_what, answer) => {
    expect(() => collateralFromPcs({ tcbInfo: answer(answerOf('tcbInfo')) })).toThrow(malformed);
  });

  it('S09 refuses a list that is not DER', () => {
    expect(() => collateralFromPcs({ pckCrl: Uint8Array.of(0x30, 0) })).toThrow(malformed);
  });
});

type Json = Record<string, unknown>;

/** Every path of a document down to the first of each list. */
function paths(value: unknown, at: readonly string[] = []): string[][] {
  if (typeof value !== 'object' || value === null) return [];
  const entries = Array.isArray(value) ? Object.entries(value.slice(0, 1)) : Object.entries(value);
  return entries.flatMap(([key, member]) => [[...at, key], ...paths(member, [...at, key])]);
}

function withValue(document: Json, path: readonly string[], value: unknown): Json {
  const copy = structuredClone(document);
  let parent: Json = copy;
  for (const key of path.slice(0, -1)) parent = parent[key] as Json;
  const key = path.at(-1) ?? '';
  if (value === undefined) Reflect.deleteProperty(parent, key);
  else parent[key] = value;
  return copy;
}

const read = (name: Name, document: Json) => {
  const { signature } = cutAnswer(answerOf(name));
  const snake = { tcbInfo: 'tcb_info', qeIdentity: 'qe_identity' }[name];
  return parseTdxCollateral({ [snake]: JSON.stringify(document), [`${snake}_signature`]: signature });
};
const documentOf = (name: Name): Json => JSON.parse(cutAnswer(answerOf(name)).text) as Json;

describe.each(['tcbInfo', 'qeIdentity'] as const)('%s', (name) => {
  it('S09 is refused where any field is missing or of another type', () => {
    const document = documentOf(name);
    const optional = /advisoryIDs$|tdxModuleIdentities$|\.0$/;
    for (const path of paths(document)) {
      const at = path.join('.');
      // Names of modules and advisories are texts of Intel's choice.
      const texts = /\.0\.id$|advisoryIDs\.0$/.test(at) ? [] : ['x'];
      for (const value of [null, true, -1, 1.5, ...texts, [null], { x: 1 }]) {
        expect(() => read(name, withValue(document, path, value)), `${at} ${JSON.stringify(value)}`).toThrow(
          malformed,
        );
      }
      // One of a list may go, and what is not there need not be.
      if (optional.test(at)) continue;
      expect(() => read(name, withValue(document, path, undefined)), at).toThrow(malformed);
    }
  });

  it.each<readonly [path: string, value: unknown]>([
    ['id', 'SGX'],
    ['id', 'QE'],
    ['version', 1],
    ['version', 4],
    ['issueDate', '2026-05-20'],
    ['issueDate', '2026-05-20T00:00:00+00:00'],
    ['nextUpdate', '2026-13-20T00:00:00Z'],
    ['tcbEvaluationDataNumber', 2 ** 32],
    ['tcbLevels.0.tcbStatus', 'Fine'],
    ['tcbLevels', Array.from({ length: 257 }, () => ({}))],
  ])('S09 is refused with a %s of %j', (path, value) => {
    expect(() => read(name, withValue(documentOf(name), path.split('.'), value))).toThrow(malformed);
  });

  it('S09 is read or refused, whatever was changed', () => {
    const { text, signature } = cutAnswer(answerOf(name));
    const snake = { tcbInfo: 'tcb_info', qeIdentity: 'qe_identity' }[name];
    const decoder = new TextDecoder();
    for (const changed of mutations(new TextEncoder().encode(text), 3, 300)) {
      const file = { [snake]: decoder.decode(changed), [`${snake}_signature`]: signature };
      try {
        parseTdxCollateral(file);
      } catch (error) {
        if (!(error instanceof TdxFormatError)) throw error;
      }
    }
  });
});

describe('statuses', () => {
  it('S09 a TCB type that is not known is none', () => {
    expect(() => read('tcbInfo', withValue(documentOf('tcbInfo'), ['tcbType'], 1))).toThrow(malformed);
  });

  it('S09 an enclave has three of them, a platform seven', () => {
    const document = documentOf('qeIdentity');
    const level = ['tcbLevels', '0', 'tcbStatus'];
    expect(() => read('qeIdentity', withValue(document, level, 'SWHardeningNeeded'))).toThrow(malformed);
    const { tcbInfo } = read('tcbInfo', withValue(documentOf('tcbInfo'), level, 'SWHardeningNeeded'));
    expect(tcbInfo?.content.levels[0]?.status).toBe('SWHardeningNeeded');
  });

  it('S09 a level has 16 components', () => {
    const document = documentOf('tcbInfo');
    for (const name of ['sgxtcbcomponents', 'tdxtcbcomponents']) {
      const path = ['tcbLevels', '0', 'tcb', name];
      const few = Array.from({ length: 15 }, () => ({ svn: 0 }));
      expect(() => read('tcbInfo', withValue(document, path, few))).toThrow(malformed);
      expect(() => read('tcbInfo', withValue(document, path, [...few, { svn: 0 }, { svn: 0 }]))).toThrow(
        malformed,
      );
    }
  });
});
