import type { CreatedRecoverySet } from '@asterism/contracts';
import { openShare } from '@asterism/keys/recovery';
import type { Person } from '@asterism/testkit/recovery';

/** As a recovery set takes them. */
export function recipientsOf(people: readonly Person[]): { name: string; recipient: string }[] {
  return people.map(({ name, recipient }) => ({ name, recipient }));
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
