# The samples pass.
$ eptsim check $ROOT/tests/data/scenarios.jsonl
| 1000 passed, 0 failed
# One that fails is named, the others count; several files, one of them standard input.
$ sed -n '1s/"hpa":"0xa5cc30"/"hpa":"0xa5cc38"/p;2p' $ROOT/tests/data/scenarios.jsonl >one
$ eptsim check one - <$ROOT/tests/data/scenarios.jsonl
| b27-ia32e4-0: expect.hpa: expected 0xa5cc38, got 0xa5cc30
| 1001 passed, 1 failed
= 1
$ eptsim check --quiet one
| 1 passed, 1 failed
= 1
# Filled in, a scenario passes; twice filled, it is the same.
$ eptsim check --fill --output=filled one && eptsim check filled && eptsim check --fill filled | cmp - filled
| 2 passed, 0 failed
# Bad input: what came before stands, no count follows, and no file appears.
$ { cat one; echo; echo '{"mode":"ia32e4"'; } >bad
$ eptsim check bad
| b27-ia32e4-0: expect.hpa: expected 0xa5cc38, got 0xa5cc30
! eptsim check: bad:4: malformed JSON at column 16: '}' expected near end of file
= 2
$ eptsim check --fill --output=never bad; echo $?; ls never*
| 2
! eptsim check: bad:4: malformed JSON at column 16: '}' expected near end of file
!~ ls: cannot access 'never\*'.*
= 2
$ eptsim check missing
! eptsim check: missing: cannot be read: No such file or directory
= 2
$ eptsim check .
! eptsim check: .: cannot be read: Is a directory
= 2
# Usage.
$ eptsim check
! eptsim check: expected a file of scenarios, or - for standard input
! Try `eptsim check --help' or `eptsim check --usage' for more information.
= 2
$ eptsim check --output=x one
! eptsim check: --output belongs to --fill
! Try `eptsim check --help' or `eptsim check --usage' for more information.
= 2
