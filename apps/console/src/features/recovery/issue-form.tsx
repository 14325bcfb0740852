'use client';

import { createClusterRecoverySet, createRecoverySet, type CreatedRecoverySet } from '@asterism/api-client';
import { createRecoverySetSchema, recoveryRecipientSchema } from '@asterism/contracts';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Plus, X } from 'lucide-react';
import { useState, type SubmitEvent } from 'react';
import { Button } from '../../components/ui/button.tsx';
import { DialogActions } from '../../components/ui/dialog.tsx';
import { TextArea, TextField } from '../../components/ui/field.tsx';
import { ProblemNotice } from '../../components/ui/problem-notice.tsx';
import { client, dataOf } from '../../data/client.ts';

interface IssueFormProps {
  /** By name; null for the API's KEK. */
  readonly cluster: string | null;
  readonly onIssued: (issued: CreatedRecoverySet) => void;
  readonly onCancel: () => void;
}

interface Person {
  readonly name: string;
  readonly recipient: string;
}

const NOBODY: Person = { name: '', recipient: '' };
const MOST = 20;

export function IssueForm({ cluster, onIssued, onCancel }: IssueFormProps) {
  const queryClient = useQueryClient();
  const [people, setPeople] = useState<readonly Person[]>([NOBODY, NOBODY, NOBODY]);
  const [threshold, setThreshold] = useState('2');
  const [reason, setReason] = useState('');
  // One key for one form: a repeat after a lost answer issues no second set.
  const [idempotencyKey] = useState(() => crypto.randomUUID());
  const body = {
    threshold: Number(threshold),
    recipients: people.map(({ name, recipient }) => ({ name: name.trim(), recipient: recipient.trim() })),
    reason: reason.trim(),
  };
  const issue = useMutation({
    mutationFn: () => {
      const headers = { 'Idempotency-Key': idempotencyKey };
      return dataOf(
        cluster === null
          ? createRecoverySet({ client, headers, body })
          : createClusterRecoverySet({ client, headers, path: { cluster }, body }),
      );
    },
    onSuccess: async (issued) => {
      onIssued(issued);
      await queryClient.invalidateQueries({ queryKey: ['recovery'] });
    },
    gcTime: 0,
  });
  const complete =
    createRecoverySetSchema.safeParse(body).success && body.threshold <= people.length && body.reason !== '';
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (complete) issue.mutate();
  };
  return (
    <form onSubmit={submit}>
      <People people={people} onChange={setPeople} />
      <TextField
        label="How many recover"
        type="number"
        min={2}
        max={people.length}
        value={threshold}
        className="w-24"
        error={body.threshold > people.length ? 'more than there are people' : undefined}
        onChange={(event) => setThreshold(event.target.value)}
      />
      <TextArea
        label="Reason"
        hint="Kept in the audit log and shown to others."
        value={reason}
        rows={2}
        maxLength={500}
        onChange={(event) => setReason(event.target.value)}
      />
      {issue.error !== null && (
        <ProblemNotice className="mt-4" error={issue.error} title="No shares were issued" />
      )}
      <DialogActions>
        <Button onClick={onCancel}>Cancel</Button>
        <Button type="submit" variant="primary" busy={issue.isPending} disabled={!complete}>
          Issue {people.length} shares
        </Button>
      </DialogActions>
    </form>
  );
}

interface PeopleProps {
  readonly people: readonly Person[];
  readonly onChange: (people: readonly Person[]) => void;
}

function People({ people, onChange }: PeopleProps) {
  const change = (at: number, person: Person) => onChange(people.map((old, i) => (i === at ? person : old)));
  return (
    <fieldset>
      <legend className="mb-1 font-medium">People, and the age recipient of each</legend>
      {people.map((person, at) => (
        <div key={at} className="mt-2 grid grid-cols-[10rem_minmax(0,1fr)_auto] items-start gap-2">
          <div>
            <TextField
              label={<span className="sr-only">{`Name of person ${at + 1}`}</span>}
              value={person.name}
              placeholder="Name"
              maxLength={100}
              onChange={(event) => change(at, { ...person, name: event.target.value })}
            />
          </div>
          <div>
            <TextField
              label={<span className="sr-only">{`Recipient of person ${at + 1}`}</span>}
              value={person.recipient}
              placeholder="age1…"
              className="font-mono text-xs"
              error={isRecipient(person.recipient) ? undefined : 'not an age X25519 recipient'}
              onChange={(event) => change(at, { ...person, recipient: event.target.value })}
            />
          </div>
          <Button
            variant="quiet"
            className="mt-1"
            aria-label={`Leave person ${at + 1} out`}
            disabled={people.length <= 2}
            onClick={() => onChange(people.filter((_, i) => i !== at))}
          >
            <X aria-hidden />
          </Button>
        </div>
      ))}
      <Button
        size="small"
        className="mt-2"
        disabled={people.length >= MOST}
        onClick={() => onChange([...people, NOBODY])}
      >
        <Plus aria-hidden />
        Another person
      </Button>
    </fieldset>
  );
}

/** What is not typed yet is no mistake. */
function isRecipient(text: string): boolean {
  const trimmed = text.trim();
  return trimmed === '' || recoveryRecipientSchema.shape.recipient.safeParse(trimmed).success;
}
