import type { Finding } from '@asterism/contracts';

/** Why an appraisal is not a plain acceptance, the stable code beside the words. */
export function Findings({ findings }: { findings: readonly Finding[] }) {
  return (
    <ul className="flex flex-col gap-1">
      {findings.map(({ code, claim, message }) => (
        <li key={`${claim} ${code}`} data-finding={code}>
          <code className="font-mono text-xs font-semibold">{claim}</code>: {message}{' '}
          <code className="font-mono text-2xs text-muted">{code}</code>
        </li>
      ))}
    </ul>
  );
}
