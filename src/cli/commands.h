/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The subcommands. Each is a program of its own in cmd_NAME.c: argv[0] is
 * "eptsim NAME", the result is the exit status (0 done, 1 the answer is no,
 * 2 usage or bad input).
 */
#ifndef CLI_COMMANDS_H
#define CLI_COMMANDS_H

/* name, what it does, in the order of the help text */
#define COMMANDS(X)                                                            \
	X(replay, "replay a memory-access trace and report what it cost")      \
	X(bench, "measure access patterns: what translation costs them")           \
	X(walk, "explain one translation, reference by reference")             \
	X(check, "run scenarios and compare with what they expect")            \
	X(decode, "explain an entry, an EPTP, a qualification, an error code") \
	X(trace, "look at traces, convert and make them")                      \
	X(grade, "grade an implementation of EPT")                             \
	X(config, "show the settings in force, with units and sources")         \
	X(vmx, "run scenarios on a processor with VMX: the hosted side")

#define X(name, text) int cmd_##name(int argc, char **argv);
COMMANDS(X)
#undef X

#endif
