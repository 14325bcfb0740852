import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';

const TABLES = `
create table collateral (
  kind text not null,
  key text not null,
  content bytea not null,
  content_sha256 text not null check (content_sha256 ~ '^[0-9a-f]{64}$'),
  issuer_chain text,
  issuer text not null,
  source text not null,
  this_update timestamptz(3) not null,
  next_update timestamptz(3) not null,
  fetched_at timestamptz(3) not null,
  primary key (kind, key)
);
create index on collateral (next_update);

create table node_collateral (
  cluster_id uuid not null references clusters on delete cascade,
  node_id uuid not null references nodes on delete cascade,
  kind text not null,
  key text not null,
  content_sha256 text not null,
  primary key (node_id, kind, key)
);
create index on node_collateral (kind, key);
`;

/** What vendors publish, shared by the replicas, and which of it each node's latest appraisal was made with. */
export const collateral: Migration = {
  async up(database) {
    await sql.raw(TABLES).execute(database);
  },
};
