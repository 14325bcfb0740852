import { ProblemAnswer } from '../../data/problem.ts';
import { Button } from './button.tsx';
import { Notice } from './notice.tsx';

interface ProblemNoticeProps {
  readonly error: Error;
  /** What was not possible: "The nodes could not be loaded". */
  readonly title?: string;
  readonly retry?: () => void;
  readonly className?: string;
}

/** A problem as the API words it, with its trace id for whoever reads the logs. */
export function ProblemNotice({ error, title, retry, className }: ProblemNoticeProps) {
  const problem = error instanceof ProblemAnswer ? error : null;
  return (
    <Notice
      kind="bad"
      title={title ?? problem?.title ?? 'Something went wrong'}
      {...(className === undefined ? {} : { className })}
      action={
        retry && (
          <Button size="small" onClick={retry}>
            Try again
          </Button>
        )
      }
    >
      <p>
        {problem !== null && title !== undefined && `${problem.title}: `}
        {error.message}
      </p>
      {problem !== null && problem.errors.length > 0 && (
        <ul className="mt-1 list-disc pl-4">
          {problem.errors.map(({ path, message }) => (
            <li key={`${path} ${message}`}>
              <code className="font-mono text-xs">{path}</code>: {message}
            </li>
          ))}
        </ul>
      )}
      {problem !== null && (
        <p className="mt-1 font-mono text-2xs text-muted">
          {problem.code}
          {problem.traceId !== null && ` · trace ${problem.traceId}`}
        </p>
      )}
    </Notice>
  );
}
