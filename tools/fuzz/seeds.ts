import { VECTORS, VECTORS_PRESENT } from '@asterism/testkit/vectors';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { utf8 } from '@asterism/bytes';
import {
  GUEST_VARIANTS,
  collateralFileOf,
  collectFrom,
  mintChain,
  mintedPolicy,
  mintGuest,
  mintSnp,
  mintTdx,
  mintTpm,
} from '@asterism/testkit';

/** Most that is read of one kind: variety, not volume. */
const MOST = 24;

/** Evidence of real machines, where the folder is there. */
export function vectors(...patterns: readonly string[]): Uint8Array[] {
  if (!VECTORS_PRESENT) return [];
  return patterns
    .flatMap((pattern) => globSync(pattern, { cwd: VECTORS }).sort().slice(0, MOST))
    .map((file) => new Uint8Array(readFileSync(join(VECTORS, file))));
}

export async function mintedQuote() {
  const tpm = await mintTpm();
  const evidence = await tpm.quote({
    request: { variant: 'tpm', bank: 'sha256', pcrs: [4, 7, 15] },
    binding: new Uint8Array(32),
  });
  return { tpm, evidence };
}

export async function mintedCertificates(): Promise<Uint8Array[]> {
  const { leaf, intermediates } = await mintChain();
  return [leaf, ...intermediates].map(({ der }) => der);
}

/** An envelope of every other variant. */
export async function mintedEvidence(): Promise<Uint8Array[]> {
  const guests = await Promise.all(GUEST_VARIANTS.map((variant) => mintGuest(variant)));
  return (await Promise.all(guests.map((guest) => collectFrom(guest)))).map(json);
}

export async function mintedPolicies(): Promise<Uint8Array[]> {
  const guests = await Promise.all(GUEST_VARIANTS.map((variant) => mintGuest(variant)));
  return guests.map((guest) => json(mintedPolicy(guest)));
}

const PRODUCTS = ['Milan', 'Genoa', 'Turin'] as const;

export async function mintedReports(): Promise<Uint8Array[]> {
  const machines = await Promise.all(PRODUCTS.map((product) => mintSnp({ product })));
  return Promise.all(machines.map((machine) => machine.report()));
}

export async function mintedCertificateTables(): Promise<Uint8Array[]> {
  const machines = await Promise.all(PRODUCTS.map((product) => mintSnp({ product })));
  return machines.map((machine) => machine.certificateTable());
}

export async function mintedTdx(): Promise<{ quotes: Uint8Array[]; collateral: Uint8Array }> {
  const machine = await mintTdx();
  return {
    quotes: [await machine.quote()],
    collateral: json(collateralFileOf(await machine.answers())),
  };
}

export const json = (value: unknown): Uint8Array => utf8(JSON.stringify(value));
