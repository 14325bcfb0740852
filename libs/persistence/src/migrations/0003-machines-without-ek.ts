import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** A machine may be known by its chip, its platform or its virtual TPM's attestation key. */
export const machinesWithoutEk: Migration = {
  async up(database) {
    await sql.raw('alter table machines alter column ek_public drop not null').execute(database);
  },
};
