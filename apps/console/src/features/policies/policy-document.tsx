import type { PolicyDocument } from '@asterism/contracts';
import { Facts } from '../../components/ui/facts.tsx';
import { AnyBadge } from './any-badge.tsx';
import { sectionsOf, type PolicyFact, type PolicySection } from './policy-sections.ts';
import { RegisterTable } from './register-table.tsx';

/** A policy in words, and the document itself as it was stored. `any` is a decision, and shown as one. */
export function PolicyDocumentView({ document }: { document: PolicyDocument }) {
  return (
    <div className="flex flex-col gap-6">
      {sectionsOf(document).map((section) => (
        <Section key={section.title} section={section} />
      ))}
      <details>
        <summary className="text-muted hover:text-text">The document as JSON</summary>
        <pre className="mt-2 max-h-96 overflow-auto rounded-md border bg-canvas p-3 font-mono text-xs leading-5">
          {JSON.stringify(document, null, 2)}
        </pre>
      </details>
    </div>
  );
}

function Section({ section: { title, facts, registers } }: { section: PolicySection }) {
  return (
    <section className="flex flex-col gap-3" aria-label={title}>
      <h3 className="font-semibold">{title}</h3>
      {facts.length > 0 && (
        <Facts facts={facts.map(({ term, value }) => ({ term, value: <Value value={value} /> }))} />
      )}
      {registers.length > 0 && <RegisterTable title={title} rows={registers} />}
    </section>
  );
}

function Value({ value }: { value: PolicyFact['value'] }) {
  if ('any' in value) return <AnyBadge />;
  return value.texts.map((text) => <p key={text}>{text}</p>);
}
