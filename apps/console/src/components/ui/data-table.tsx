'use client';

import {
  flexRender,
  getCoreRowModel,
  getPaginationRowModel,
  getSortedRowModel,
  useReactTable,
  type ColumnDef,
  type SortingState,
} from '@tanstack/react-table';
import { ArrowDown, ArrowUp } from 'lucide-react';
import { useState } from 'react';
import { cn } from '../class-names.ts';
import { Button } from './button.tsx';

interface DataTableProps<Row> {
  /** For screen readers. */
  readonly caption: string;
  readonly columns: readonly ColumnDef<Row>[];
  readonly rows: readonly Row[];
  readonly rowId: (row: Row) => string;
  readonly sortedBy?: string;
}

const PAGE = 100;

/** A dense table; columns with an accessor sort by a click on their heading. */
export function DataTable<Row>({ caption, columns, rows, rowId, sortedBy }: DataTableProps<Row>) {
  const [sorting, setSorting] = useState<SortingState>(
    sortedBy === undefined ? [] : [{ id: sortedBy, desc: false }],
  );
  const [pagination, setPagination] = useState({ pageIndex: 0, pageSize: PAGE });
  const table = useReactTable({
    data: rows as Row[],
    columns: columns as ColumnDef<Row>[],
    state: { sorting, pagination },
    onSortingChange: setSorting,
    onPaginationChange: setPagination,
    autoResetPageIndex: false,
    getRowId: rowId,
    getCoreRowModel: getCoreRowModel(),
    getSortedRowModel: getSortedRowModel(),
    getPaginationRowModel: getPaginationRowModel(),
  });
  return (
    <>
      <div className="overflow-x-auto">
        <table className="w-full text-left">
          <caption className="sr-only">{caption}</caption>
          <thead>
            {table.getHeaderGroups().map((group) => (
              <tr key={group.id} className="border-b">
                {group.headers.map(({ id, column, getContext }) => {
                  const sorted = column.getIsSorted();
                  return (
                    <th
                      key={id}
                      scope="col"
                      aria-sort={sorted === false ? 'none' : sorted === 'asc' ? 'ascending' : 'descending'}
                      className="h-8 px-4 text-xs font-medium whitespace-nowrap text-muted"
                    >
                      {column.getCanSort() ? (
                        <button
                          type="button"
                          className="-mx-1 inline-flex items-center gap-1 rounded-sm px-1 hover:text-text"
                          onClick={column.getToggleSortingHandler()}
                        >
                          {flexRender(column.columnDef.header, getContext())}
                          {sorted === 'asc' && <ArrowUp className="size-3" aria-hidden />}
                          {sorted === 'desc' && <ArrowDown className="size-3" aria-hidden />}
                        </button>
                      ) : (
                        flexRender(column.columnDef.header, getContext())
                      )}
                    </th>
                  );
                })}
              </tr>
            ))}
          </thead>
          <tbody>
            {table.getRowModel().rows.map((row) => (
              <tr key={row.id} className="border-b last:border-b-0 hover:bg-hover">
                {row.getVisibleCells().map((cell) => (
                  <td key={cell.id} className={cn('h-9 px-4 py-1.5 align-middle')}>
                    {flexRender(cell.column.columnDef.cell, cell.getContext())}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {table.getPageCount() > 1 && (
        <footer className="flex items-center justify-end gap-2 border-t px-4 py-2">
          <span className="mr-2 text-xs text-muted">
            Page {pagination.pageIndex + 1} of {table.getPageCount()}
          </span>
          <Button size="small" disabled={!table.getCanPreviousPage()} onClick={() => table.previousPage()}>
            Previous
          </Button>
          <Button size="small" disabled={!table.getCanNextPage()} onClick={() => table.nextPage()}>
            Next
          </Button>
        </footer>
      )}
    </>
  );
}
