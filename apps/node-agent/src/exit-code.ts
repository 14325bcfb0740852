/** `fault`: a supervisor starts the program again. `configuration`: starting it again cannot help. */
export const EXIT = { clean: 0, fault: 1, configuration: 2 } as const;
