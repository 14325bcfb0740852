import type { ReactNode } from 'react';
import { ProblemNotice } from './problem-notice.tsx';
import { SkeletonRows } from './skeleton.tsx';

interface Loading<Data> {
  readonly data: Data | undefined;
  readonly error: Error | null;
  readonly refetch: () => unknown;
}

interface LoadedProps<Data> {
  readonly query: Loading<Data>;
  /** What is loaded, in lower case: "nodes". */
  readonly what: string;
  readonly rows?: number;
  readonly children: (data: Data) => ReactNode;
}

/** Shows what there is, even when its last refresh failed; else that it loads, or why it cannot. */
export function Loaded<Data>({ query, what, rows, children }: LoadedProps<Data>) {
  const { data, error } = query;
  return (
    <>
      {error !== null && (
        <ProblemNotice
          className="m-3"
          error={error}
          title={data === undefined ? `Cannot load ${what}` : `What you see of ${what} is not fresh`}
          retry={() => void query.refetch()}
        />
      )}
      {data !== undefined && children(data)}
      {data === undefined && error === null && (
        <SkeletonRows label={`Loading ${what}`} {...(rows === undefined ? {} : { rows })} />
      )}
    </>
  );
}
