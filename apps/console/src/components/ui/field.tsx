import type { ComponentProps, ReactNode } from 'react';
import { useId } from 'react';
import { cn } from '../class-names.ts';

const CONTROL =
  'w-full rounded-md border border-line-strong bg-canvas px-2.5 text-sm text-text placeholder:text-faint aria-invalid:border-bad';

interface FieldProps {
  readonly label: ReactNode;
  readonly hint?: ReactNode;
  readonly error?: string | undefined;
}

function useField({ hint, error }: FieldProps) {
  const id = useId();
  const described = error !== undefined || hint !== undefined ? `${id}-note` : undefined;
  return { id, described, note: error ?? hint };
}

interface FrameProps extends FieldProps {
  readonly id: string;
  readonly described: string | undefined;
  readonly note: ReactNode;
  readonly children: ReactNode;
}

function Frame({ id, label, described, note, error, children }: FrameProps) {
  return (
    <div className="mt-3 first:mt-0">
      <label htmlFor={id} className="mb-1 block font-medium">
        {label}
      </label>
      {children}
      {described !== undefined && (
        <p id={described} className={cn('mt-1 text-xs', error === undefined ? 'text-muted' : 'text-bad')}>
          {note}
        </p>
      )}
    </div>
  );
}

type InputProps = FieldProps & Omit<ComponentProps<'input'>, 'id'>;

export function TextField({ label, hint, error, className, ...props }: InputProps) {
  const field = useField({ label, hint, error });
  return (
    <Frame label={label} error={error} {...field}>
      <input
        id={field.id}
        type="text"
        autoComplete="off"
        spellCheck={false}
        aria-describedby={field.described}
        aria-invalid={error !== undefined}
        className={cn(CONTROL, 'h-8', className)}
        {...props}
      />
    </Frame>
  );
}

/**
 * A key that somebody types. Not a password field: browsers offer to keep those. With `autocomplete` off, a browser does not
 * write it into its copy of the page's state either.
 */
export function SecretField({ className, ...props }: InputProps) {
  return <TextField className={cn('font-mono [-webkit-text-security:disc]', className)} {...props} />;
}

interface Choice {
  readonly value: string;
  readonly label: string;
}

type SelectProps = FieldProps &
  Omit<ComponentProps<'select'>, 'id'> & { readonly choices: readonly Choice[] };

export function SelectField({ label, hint, error, choices, className, ...props }: SelectProps) {
  const field = useField({ label, hint, error });
  return (
    <Frame label={label} error={error} {...field}>
      <select
        id={field.id}
        aria-describedby={field.described}
        className={cn(CONTROL, 'h-8', className)}
        {...props}
      >
        {choices.map(({ value, label: text }) => (
          <option key={value} value={value}>
            {text}
          </option>
        ))}
      </select>
    </Frame>
  );
}

type AreaProps = FieldProps & Omit<ComponentProps<'textarea'>, 'id'>;

export function TextArea({ label, hint, error, className, ...props }: AreaProps) {
  const field = useField({ label, hint, error });
  return (
    <Frame label={label} error={error} {...field}>
      <textarea
        id={field.id}
        rows={3}
        spellCheck={false}
        aria-describedby={field.described}
        aria-invalid={error !== undefined}
        className={cn(CONTROL, 'py-1.5', className)}
        {...props}
      />
    </Frame>
  );
}
