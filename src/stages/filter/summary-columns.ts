/** Columns that a stage's line may take behind its name: of the terminal, or of the tmux session that shows the log. */
export function summaryColumns({ columns = 120 }: { readonly columns?: number | undefined } = process.stderr): number {
  return Math.max(60, columns - "filter: ".length);
}
