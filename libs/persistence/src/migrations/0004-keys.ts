import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';

const TABLES = `
alter table clusters
  add column key_mode text not null default 'managed' check (key_mode in ('managed', 'external')),
  add column key_scheme text not null default 'asterism' check (key_scheme in ('asterism', 'constellation')),
  add column kek_provider text,
  add check ((key_mode = 'external') = (kek_provider is not null)),
  add check (key_mode = 'managed' or key_scheme = 'asterism');
alter table pools
  add column state_disk_kdf text not null default 'pbkdf2' check (state_disk_kdf in ('pbkdf2', 'argon2id'));

alter table state_disks
  add column next_key_version integer check (next_key_version > key_version),
  add column epoch bigint not null default 0,
  add column accepted_epoch bigint,
  add column fault jsonb;

-- Volumes of a cluster that was taken over, which keep the keys that they had there.
alter table keys add column imported boolean not null default false;

-- Random keys of external mode, wrapped by a provider. No row: the key is derived from the cluster's root.
create table data_keys (
  cluster_id uuid not null,
  purpose text not null check (purpose in ('state-disk', 'volume', 'object-store')),
  id text not null,
  version integer not null,
  provider text not null,
  kek_version text not null,
  wrapped bytea not null,
  created_at timestamptz(3) not null,
  wrapped_at timestamptz(3) not null,
  -- Names of the mirrors that have this row as it is.
  mirrored_to text[] not null default '{}',
  primary key (cluster_id, purpose, id, version),
  foreign key (cluster_id, purpose, id, version) references keys on delete cascade
);

-- Wrapped keys that the mirrors are still to delete; without a reference, because they outlive their cluster.
create table mirror_deletions (
  cluster_id uuid not null,
  purpose text not null,
  id text not null,
  version integer not null,
  done_by text[] not null default '{}',
  created_at timestamptz(3) not null,
  primary key (cluster_id, purpose, id, version)
);

-- Work that one replica at a time does.
create table leases (
  name text primary key,
  held_by uuid not null,
  held_until timestamptz(3) not null
);

create table rewraps (
  id uuid primary key,
  cluster_id uuid not null references clusters on delete cascade,
  provider text not null,
  state text not null check (state in ('running', 'waiting', 'done', 'cancelled')),
  -- Keys wrapped before this are still to be done.
  started_at timestamptz(3) not null,
  -- The last key that was done, so that a crash resumes there.
  cursor jsonb,
  total integer not null,
  done integer not null default 0,
  reason text,
  -- The replica at work, and until when it is believed to be.
  leased_by uuid,
  leased_until timestamptz(3),
  requested_by text not null,
  created_at timestamptz(3) not null,
  updated_at timestamptz(3) not null,
  finished_at timestamptz(3)
);
create unique index rewraps_open on rewraps (cluster_id) where state in ('running', 'waiting');

create table seal_slots (
  id uuid primary key,
  kind text not null check (kind in ('tpm', 'kek', 'key-file', 'first')),
  description jsonb not null,
  sealed bytea not null,
  comment text not null,
  created_at timestamptz(3) not null,
  opened_at timestamptz(3)
);
-- The one seal of earlier versions did not say of which kind it was.
insert into seal_slots (id, kind, description, sealed, comment, created_at)
  select gen_random_uuid(), 'first', '{}', value, 'made by an earlier version', updated_at from settings where name = 'kek';
delete from settings where name = 'kek';

create table recovery_sets (
  id uuid primary key,
  cluster_id uuid references clusters on delete cascade,
  threshold integer not null check (threshold >= 2),
  commitment bytea not null,
  state text not null check (state in ('active', 'superseded')),
  created_by text not null,
  created_at timestamptz(3) not null
);
create unique index recovery_sets_active on recovery_sets (coalesce(cluster_id, '00000000-0000-0000-0000-000000000000'))
  where state = 'active';
create index on recovery_sets (cluster_id);

create table recovery_shares (
  set_id uuid not null references recovery_sets on delete cascade,
  index integer not null,
  name text not null,
  recipient text not null,
  share_hash bytea not null,
  last_used_at timestamptz(3),
  primary key (set_id, index)
);
`;

/** Where keys come from, what keeps them, and how they are recovered. */
export const keyManagement: Migration = {
  async up(database) {
    await sql.raw(TABLES).execute(database);
  },
};
