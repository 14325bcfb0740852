import { generateX25519Identity, identityToRecipient } from 'age-encryption';

/** Somebody who keeps a recovery share. */
export interface Person {
  readonly name: string;
  /** AGE-SECRET-KEY-1… */
  readonly identity: string;
  /** age1… */
  readonly recipient: string;
}

export function makePeople(...names: readonly string[]): Promise<Person[]> {
  return Promise.all(
    names.map(async (name) => {
      const identity = await generateX25519Identity();
      return { name, identity, recipient: await identityToRecipient(identity) };
    }),
  );
}
