import { Badge } from '../../components/ui/badge.tsx';
import { AnyBadge } from './any-badge.tsx';
import type { RegisterRow } from './policy-sections.ts';

interface RegisterTableProps {
  readonly title: string;
  readonly rows: readonly RegisterRow[];
}

/** Registers with the values that are accepted in each, where they come from and how long they hold. */
export function RegisterTable({ title, rows }: RegisterTableProps) {
  return (
    <div className="overflow-x-auto rounded-md border">
      <table className="w-full text-left">
        <caption className="sr-only">Reference values: {title}</caption>
        <thead>
          <tr className="border-b text-xs text-muted">
            {['Register', 'Mode', 'Accepted values', 'Comment'].map((heading) => (
              <th key={heading} scope="col" className="h-8 px-3 font-medium">
                {heading}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <ValueRows key={row.register} row={row} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function ValueRows({ row: { register, measurement } }: { row: RegisterRow }) {
  const { mode, values } = measurement;
  const modeBadge = <Badge tone={mode === 'warn' ? 'warn' : 'neutral'}>{mode}</Badge>;
  if (values === 'any') {
    return (
      <tr className="border-b last:border-b-0">
        <th scope="row" className="h-8 px-3 font-medium whitespace-nowrap">
          {register}
        </th>
        <td className="px-3">{modeBadge}</td>
        <td className="px-3">
          <AnyBadge />
        </td>
        <td />
      </tr>
    );
  }
  return values.map(({ digest, comment, from, until }, index) => (
    <tr key={`${digest} ${from} ${until}`} className="border-b align-top last:border-b-0">
      <th scope="row" className="px-3 py-1.5 font-medium whitespace-nowrap">
        {index === 0 && register}
      </th>
      <td className="px-3 py-1.5">{index === 0 && modeBadge}</td>
      <td className="min-w-64 px-3 py-1.5 font-mono text-xs leading-5 break-all">{digest}</td>
      <td className="min-w-48 px-3 py-1.5">
        {comment}
        {from !== undefined && <p className="text-xs text-muted">from {from}</p>}
        {until !== undefined && <p className="text-xs text-muted">until {until}</p>}
      </td>
    </tr>
  ));
}
