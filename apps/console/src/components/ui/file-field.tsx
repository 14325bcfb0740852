'use client';

interface FileFieldProps {
  readonly label: string;
  readonly accept?: string;
  readonly onText: (text: string) => void;
}

/** Reads a file's text onto the page; it is sent nowhere by that. */
export function FileField({ label, accept, onText }: FileFieldProps) {
  return (
    <label className="mt-2 block text-xs text-muted">
      {label}{' '}
      <input
        type="file"
        accept={accept}
        className="text-xs"
        onChange={(event) => {
          const { target } = event;
          void target.files?.[0]?.text().then((text) => {
            onText(text);
            // The same file can be chosen again.
            target.value = '';
          });
        }}
      />
    </label>
  );
}
