'use client';

import type { PolicyDocument } from '@asterism/contracts';
import { useId } from 'react';
import { Copyable } from '../../components/ui/copyable.tsx';
import { TextArea, TextField } from '../../components/ui/field.tsx';
import { FileField } from '../../components/ui/file-field.tsx';
import { isClusterId, readPolicyInput } from './policy-input.ts';

/** What the person at the browser brings, so that less has to be believed. */
export interface OwnInput {
  readonly policySource: 'api' | 'own';
  readonly policyText: string;
  readonly clusterId: string;
}

export const NOTHING_OWN: OwnInput = { policySource: 'api', policyText: '', clusterId: '' };

interface Known {
  readonly policy: PolicyDocument | null;
  readonly clusterId: string | null;
  /** Everything that was started is valid. */
  readonly complete: boolean;
}

export function ownKnowledgeOf({ policySource, policyText, clusterId }: OwnInput): Known {
  const input = policySource === 'own' ? readPolicyInput(policyText) : null;
  const policy = input?.ok === true ? input.policy : null;
  const own = clusterId.trim();
  return {
    policy,
    clusterId: own === '' ? null : own,
    complete: (policySource === 'api' || policy !== null) && (own === '' || isClusterId(own)),
  };
}

interface OwnKnowledgeProps {
  readonly own: OwnInput;
  readonly onChange: (own: OwnInput) => void;
  readonly activeVersion: number | null;
  readonly apiClusterId: string | undefined;
}

export function OwnKnowledge({ own, onChange, activeVersion, apiClusterId }: OwnKnowledgeProps) {
  return (
    <div className="grid gap-6 lg:grid-cols-2">
      <PolicyChoice own={own} onChange={onChange} activeVersion={activeVersion} />
      <div>
        <TextField
          label="Cluster’s measured identity"
          value={own.clusterId}
          placeholder="as the API says"
          className="font-mono text-xs"
          error={
            own.clusterId.trim() === '' || isClusterId(own.clusterId.trim())
              ? undefined
              : '64 hexadecimal digits, lower case'
          }
          hint="Your own record of it, if you have one: it is what PCR 15 must be locked to."
          onChange={(event) => onChange({ ...own, clusterId: event.target.value })}
        />
        {apiClusterId !== undefined && (
          <p className="mt-1.5 text-xs text-muted">
            The API says <Copyable value={apiClusterId} ends={10} label="the cluster’s measured identity" />
          </p>
        )}
      </div>
    </div>
  );
}

function PolicyChoice({ own, onChange, activeVersion }: Omit<OwnKnowledgeProps, 'apiClusterId'>) {
  const group = useId();
  const input = own.policyText === '' ? null : readPolicyInput(own.policyText);
  const choices = [
    [
      'api',
      activeVersion === null
        ? 'The API’s active policy: there is none'
        : `The API’s active policy, version ${activeVersion}`,
    ],
    ['own', 'A policy of your own'],
  ] as const;
  return (
    <fieldset>
      <legend className="mb-1 font-medium">Policy</legend>
      {choices.map(([source, label]) => (
        <label key={source} className="flex items-center gap-2 py-0.5">
          <input
            type="radio"
            name={group}
            checked={own.policySource === source}
            onChange={() => onChange({ ...own, policySource: source })}
            className="accent-accent"
          />
          {label}
        </label>
      ))}
      {own.policySource === 'api' ? (
        <p className="mt-1 text-xs text-muted">
          Then the API says what is good. Bring your own to decide that yourself.
        </p>
      ) : (
        <div className="mt-2">
          <TextArea
            label="Policy document"
            value={own.policyText}
            rows={6}
            placeholder='{ "schema": "asterism/policy/v1", … }'
            className="font-mono text-xs"
            error={input?.ok === false ? input.reason : undefined}
            onChange={(event) => onChange({ ...own, policyText: event.target.value })}
          />
          <FileField
            label="or load a file"
            accept="application/json,.json"
            onText={(text) => onChange({ ...own, policyText: text })}
          />
        </div>
      )}
    </fieldset>
  );
}
