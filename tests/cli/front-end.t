# The program without a command, or with one that does not exist.
$ eptsim
! eptsim: a command is needed
! Try `eptsim --help' or `eptsim --usage' for more information.
= 2
$ eptsim frobnicate
! eptsim: no command 'frobnicate'; 'eptsim help' lists them
= 2
$ eptsim help frobnicate
! eptsim: no command 'frobnicate'; 'eptsim help' lists them
= 2
$ eptsim --frobnicate
! eptsim: unrecognized option '--frobnicate'
! Try `eptsim --help' or `eptsim --usage' for more information.
= 2
$ eptsim --version
| eptsim 0.1.0
$ eptsim help
| Usage: eptsim COMMAND [ARGUMENT...]
| Simulates x86 address translation under virtualisation: guest paging and
| extended page tables, bit by bit, and what each reference of a walk costs.
|
| Commands:
|   replay   replay a memory-access trace and report what it cost
|*
|
| 'eptsim help COMMAND' tells more about one of them.
$ eptsim --help
| Usage: eptsim [OPTION...] COMMAND [ARGUMENT...]
| Simulates x86 address translation under virtualisation: guest paging and
| extended page tables, bit by bit, and what each reference of a walk costs.
|
|   -?, --help                 Give this help list
|       --usage                Give a short usage message
|   -V, --version              Print program version
|
| Commands:
|   replay   replay a memory-access trace and report what it cost
|*
|
| 'eptsim help COMMAND' tells more about one of them.
# A full disk is not a success.
$ eptsim help >/dev/full
! eptsim: cannot write standard output: No space left on device
= 2
# Options in front of the command are the program's own, those behind it are not.
$ eptsim help check | head -n 1
|~ Usage: eptsim check .*
$ eptsim check --frobnicate
! eptsim check: unrecognized option '--frobnicate'
! Try `eptsim check --help' or `eptsim check --usage' for more information.
= 2
