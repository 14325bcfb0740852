import type { CreatedRecoverySet } from '@asterism/contracts';
import { openShare } from '@asterism/keys/recovery';
import { generateX25519Identity, identityToRecipient } from 'age-encryption';

/** Somebody who can hold a recovery share. */
export interface Person {
  readonly name: string;
  readonly recipient: string;
  /** AGE-SECRET-KEY-1… */
  readonly identity: string;
}

/** As a recovery set takes them. */
export function recipientsOf(people: readonly Person[]): { name: string; recipient: string }[] {
  return people.map(({ name, recipient }) => ({ name, recipient }));
}

export function makePeople(...names: readonly string[]): Promise<Person[]> {
  return Promise.all(
    names.map(async (name) => {
      const identity = await generateX25519Identity();
      return { name, identity, recipient: await identityToRecipient(identity) };
    }),
  );
}

/** What these people have when they have decrypted their files, in the order of the shares. */
export async function openShares(
  shares: CreatedRecoverySet['shares'],
  people: readonly Person[],
): Promise<string[]> {
  return Promise.all(
    shares.map(async ({ name, encrypted }) => {
      const person = people.find((each) => each.name === name);
      return JSON.stringify(await openShare(encrypted, person?.identity ?? ''));
    }),
  );
}
