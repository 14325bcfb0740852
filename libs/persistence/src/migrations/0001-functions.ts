/** Appraisals and audit records are append-only (S35, S30): the database itself refuses to change one. */
export const FORBID_CHANGE = `
create function forbid_change() returns trigger language plpgsql as $$
begin
  raise exception 'table % is append-only', tg_table_name using errcode = 'AST01';
end $$;
create trigger append_only before update or delete on appraisals for each row execute function forbid_change();
create trigger append_only before update or delete on audit for each row execute function forbid_change();
create trigger append_only_truncate before truncate on appraisals execute function forbid_change();
create trigger append_only_truncate before truncate on audit execute function forbid_change();
`;

/** The arrows of NODE_TRANSITIONS in contracts; a test compares the two. */
export const NODE_STATE_ARROWS = `
create table node_transitions (from_state text, to_state text, primary key (from_state, to_state));
insert into node_transitions values
  ('attesting', 'locked'), ('attesting', 'lost'), ('attesting', 'quarantined'), ('attesting', 'revoked'),
  ('locked', 'disk-open'), ('locked', 'attesting'), ('locked', 'lost'), ('locked', 'quarantined'),
  ('locked', 'revoked'),
  ('disk-open', 'member'), ('disk-open', 'attesting'), ('disk-open', 'lost'), ('disk-open', 'quarantined'),
  ('disk-open', 'revoked'),
  ('member', 'attesting'), ('member', 'lost'), ('member', 'quarantined'), ('member', 'revoked'),
  ('lost', 'attesting'), ('lost', 'locked'), ('lost', 'disk-open'), ('lost', 'member'), ('lost', 'quarantined'),
  ('lost', 'revoked'),
  ('quarantined', 'attesting'), ('quarantined', 'member'), ('quarantined', 'revoked');
create function follow_arrows() returns trigger language plpgsql as $$
begin
  if not exists (select from node_transitions where from_state = old.state and to_state = new.state) then
    raise exception 'no arrow from % to %', old.state, new.state using errcode = 'AST02';
  end if;
  return new;
end $$;
create trigger follow_arrows before update of state on nodes for each row when (old.state <> new.state)
  execute function follow_arrows();
`;

/**
 * Ends a transaction's work: links its audit records into the chain and gives its events their ids, under one lock
 * that is held only from here to the commit. So the chain has no gap and no fork, and event ids are in commit order:
 * a reader that goes on from the last id it saw misses nothing.
 *
 * The caller sends each record's canonical JSON (RFC 8785) in three pieces around `previous` and `sequence`, which
 * only the holder of the lock knows; members sort as action, actor, at, clusterId, details, previous, sequence, target.
 */
export const APPEND_RECORDS = `
create function append_records(audits jsonb, occurrences jsonb) returns void language plpgsql as $$
declare
  entry jsonb;
  last_sequence bigint;
  last_hash text;
  next_hash text;
  last_event bigint;
begin
  perform pg_advisory_xact_lock(4706297103);
  if jsonb_array_length(audits) > 0 then
    select sequence, hash into last_sequence, last_hash from audit order by sequence desc limit 1;
    if not found then
      last_sequence := 0;
      last_hash := repeat('0', 64);
    end if;
    for entry in select * from jsonb_array_elements(audits) loop
      next_hash := encode(sha256(convert_to(
        (entry->>'head') || last_hash || '","sequence":' || (last_sequence + 1)::text || (entry->>'tail'), 'UTF8')), 'hex');
      insert into audit (sequence, at, cluster_id, actor, action, target, details, previous, hash)
      values (last_sequence + 1, (entry->>'at')::timestamptz, (entry->>'clusterId')::uuid, entry->>'actor',
        entry->>'action', entry->>'target', entry->'details', last_hash, next_hash);
      last_sequence := last_sequence + 1;
      last_hash := next_hash;
    end loop;
  end if;
  for entry in select * from jsonb_array_elements(occurrences) loop
    insert into events (type, cluster_id, at, data)
    values (entry->>'type', (entry->>'clusterId')::uuid, (entry->>'at')::timestamptz, entry->'data')
    returning id into last_event;
  end loop;
  if last_event is not null then
    perform pg_notify('asterism_events', last_event::text);
  end if;
end $$;
`;
