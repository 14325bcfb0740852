/**
 * Program of `bench verify`: reads evidence of several issuers from its input, verifies one after the other as the first
 * thing that the process does, and prints how long each took from bytes to verdict. Loading is not counted.
 */
import { text } from 'node:stream/consumers';
import { fromBase64url } from '@asterism/bytes';
import { verifyReport } from '@asterism/snp';
import { collateralFromPcs, verifyTdxQuote } from '@asterism/tdx';
import { parseCertificate, parseCrl } from '@asterism/x509';
import type { FirstEvidence, FirstTime } from './first-evidence.ts';

async function verify(input: FirstEvidence): Promise<void> {
  const evidence = fromBase64url(input.evidence);
  const at = new Date(input.at);
  if (input.name === 'snp') {
    const { roots } = input;
    const [leaf, ...intermediates] = input.certificates.map((der) => parseCertificate(fromBase64url(der)));
    if (leaf === undefined) throw new Error('no certificate');
    const crls = [parseCrl(fromBase64url(input.crl))];
    await verifyReport({ report: evidence, leaf, intermediates, crls, requireCrl: true, roots, at });
  } else {
    const rootCaCrl = fromBase64url(input.crls.rootCaCrl);
    const pckCrl = fromBase64url(input.crls.pckCrl);
    const collateral = collateralFromPcs({ rootCaCrl, pckCrl, ...input.documents });
    await verifyTdxQuote({ quote: evidence, anchors: input.roots, at, collateral });
  }
}

const inputs = JSON.parse(await text(process.stdin)) as readonly FirstEvidence[];
const times: FirstTime[] = [];
for (const input of inputs) {
  const [began, used] = [performance.now(), process.cpuUsage()];
  await verify(input);
  const { user, system } = process.cpuUsage(used);
  times.push({ ms: performance.now() - began, cpuMs: (user + system) / 1000 });
}
console.log(JSON.stringify(times));
