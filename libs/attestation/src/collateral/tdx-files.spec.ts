import { toHex, utf8 } from '@asterism/bytes';
import { parseTdxQuote, type ParsedTdxQuote, type PcsAnswers } from '@asterism/tdx';
import { mintTdx, mintTdxMachine, mintTdxPki, type MintedTdxMachine } from '@asterism/testkit';
import { beforeAll, describe, expect, it } from 'vitest';
import { NO_COLLATERAL } from './collateral.ts';
import { collateralNeedsOf } from './needs-of.ts';
import { readCollateral, type CollateralFile } from './read-collateral.ts';
import { tdxCollateralFor } from './select-tdx.ts';

let machine: MintedTdxMachine;
let quote: ParsedTdxQuote;
let answers: Required<PcsAnswers>;
let chain: string;
beforeAll(async () => {
  machine = await mintTdx();
  quote = parseTdxQuote(await machine.quote());
  answers = await machine.answers();
  chain = decodeURIComponent(answers.tcbInfo?.issuerChain ?? '');
});

const file = (content: Uint8Array | string | undefined, name = 'file'): CollateralFile => ({
  name,
  bytes: typeof content === 'string' ? utf8(content) : (content ?? new Uint8Array()),
});
const signersOf = async (...files: CollateralFile[]) =>
  (await readCollateral(files)).tdx.map(({ tcbInfo, qeIdentity }) => (tcbInfo ?? qeIdentity)?.issuers.length);

describe("answers of Intel's PCS", () => {
  it('find their issuers among the files, before or after', async () => {
    const { tcbInfo, qeIdentity } = answers;
    expect(await signersOf(file(tcbInfo?.body), file(chain), file(qeIdentity?.body))).toEqual([2, 2]);
    expect(
      await signersOf(file(tcbInfo?.body), file(`TCB-Info-Issuer-Chain: ${tcbInfo?.issuerChain}`)),
    ).toEqual([2]);
  });

  it('find them in the headers that they were saved with', async () => {
    const { body = '', issuerChain } = answers.qeIdentity ?? {};
    const saved = `HTTP/1.1 200 OK\r\nSGX-Enclave-Identity-Issuer-Chain: ${issuerChain}\r\nX: y\r\n\r\n${body}`;
    expect(await signersOf(file(saved))).toEqual([2]);
  });

  it('are read as signed also when a tool has indented them', async () => {
    const indented = JSON.stringify(JSON.parse(answers.tcbInfo?.body ?? ''), null, 2);
    const [compact, again] = await Promise.all(
      [answers.tcbInfo?.body, indented].map((body) => readCollateral([file(body), file(chain)])),
    );
    expect(again?.tdx[0]?.tcbInfo?.signed).toEqual(compact?.tdx[0]?.tcbInfo?.signed);
  });

  it('are given to the signer that signed them, where there are several', async () => {
    const other = await mintTdxMachine((await mintTdx()).pki);
    const stranger = await mintTdxMachine(await mintTdxPki());
    const strange = decodeURIComponent((await stranger.answers()).tcbInfo?.issuerChain ?? '');
    const { tdx } = await readCollateral([
      file(strange),
      file(chain),
      file((await other.answers()).tcbInfo?.body),
    ]);
    const [signer] = tdx[0]?.tcbInfo?.issuers ?? [];
    expect(toHex(signer?.spki ?? new Uint8Array())).toBe(toHex(machine.pki.tcbSigner.certificate.spki));
  });

  it('without issuers are there all the same, to be missed by name', async () => {
    expect(await signersOf(file(answers.tcbInfo?.body))).toEqual([0]);
  });
});

describe('what a quote needs', () => {
  it('is the TCB info of its platform, the QE identity and two lists', async () => {
    expect(collateralNeedsOf({ snp: null, tdx: quote })).toEqual([
      { kind: 'intel-tcb-info', fmspc: toHex(machine.fields.fmspc) },
      { kind: 'intel-qe-identity' },
      { kind: 'intel-pck-crl', ca: 'platform' },
      { kind: 'intel-root-crl' },
    ]);
    const processor = await mintTdx({ ca: 'processor' });
    const needs = collateralNeedsOf({ snp: null, tdx: parseTdxQuote(await processor.quote()) });
    expect(needs).toContainEqual({ kind: 'intel-pck-crl', ca: 'processor' });
  });
});

describe('tdxCollateralFor', () => {
  const read = (options = {}, of = machine) => of.collateral(options);

  it('takes the TCB info of the platform, and the lists by their issuers', async () => {
    const other = await mintTdxMachine(machine.pki, { fields: { fmspc: new Uint8Array(6).fill(9) } });
    const [own, strange] = await Promise.all([read(), read({ pckCrlOf: 'processor' }, other)]);
    const { rootCaCrl, pckCrl, ...documents } = own;
    if (!rootCaCrl || !pckCrl || !strange.pckCrl) throw new Error('minted nothing');
    const found = tdxCollateralFor(
      quote,
      {
        certificates: [],
        crls: [strange.pckCrl, pckCrl, rootCaCrl],
        tdx: [{ tcbInfo: strange.tcbInfo }, documents],
      },
      machine.at,
    );
    expect(found).toEqual(own);
  });

  it('S15 takes what is current before what is newer but not yet valid, and before what is stale', async () => {
    const dates = (issueDate: string, nextUpdate: string) =>
      read({ issueDate: new Date(issueDate), nextUpdate: new Date(nextUpdate) });
    const stale = await dates('2026-04-01T00:00:00Z', '2026-05-01T00:00:00Z');
    const current = await dates('2026-05-20T00:00:00Z', '2026-06-20T00:00:00Z');
    const future = await dates('2026-06-10T00:00:00Z', '2026-07-10T00:00:00Z');
    const found = tdxCollateralFor(quote, { ...NO_COLLATERAL, tdx: [stale, future, current] }, machine.at);
    expect(found).toEqual(current);
    expect(tdxCollateralFor(quote, { ...NO_COLLATERAL, tdx: [stale] }, machine.at)).toEqual(stale);
  });

  it('takes the only one of its kind where none fits, so that the mistake is told', async () => {
    const other = await mintTdxMachine(machine.pki, { fields: { fmspc: new Uint8Array(6).fill(9) } });
    const strange = await read({ pckCrlOf: 'processor' }, other);
    const found = tdxCollateralFor(quote, { ...NO_COLLATERAL, tdx: [strange] }, machine.at);
    expect(found).toEqual(strange);
    const twice = tdxCollateralFor(quote, { ...NO_COLLATERAL, tdx: [strange, strange] }, machine.at);
    expect(twice).toEqual(strange);
    const several = { ...NO_COLLATERAL, tdx: [strange, await read({}, other)] };
    expect(tdxCollateralFor(quote, several, machine.at).tcbInfo).toBeUndefined();
  });

  it('finds nothing where nothing is', () => {
    expect(Object.values(tdxCollateralFor(quote, NO_COLLATERAL, machine.at))).toEqual(
      Array(4).fill(undefined),
    );
  });
});
