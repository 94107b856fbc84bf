#!/bin/sh
# Who may include whom. An include points downward in the layers, or nowhere.
set -eu
cd "$(dirname "$0")/.."

# layer: the layers whose headers it may include besides its own
layers='
base:
ept:      base
host:     base
mmu:      base ept host
timing:   base ept host
machine:  base ept host mmu timing
trace:    base host
scenario: base ept host mmu machine
hv:       base ept host mmu timing machine
cpu:      base ept host mmu timing machine hv
guest:    base ept host mmu timing machine hv cpu
replay:   base ept host mmu timing machine hv cpu guest trace
report:   base ept host mmu timing machine
grade:    base ept host mmu timing machine hv cpu guest scenario report runner
runner:
cli:      base ept host mmu timing machine hv cpu guest scenario replay report trace grade vmxlist
vmx:      base ept
vmxlist:  base ept host mmu machine scenario vmx
'
# public header: the layer it belongs to. One that is not listed belongs to the
# layer whose name it has.
public='
access.h: base
addr.h:   base
fault.h:  base
mem.h:    base
ref.h:    base
state.h:  mmu
submission.h: runner
'
# Public headers open to a layer below their own: state.h is only data, and the
# checks of an EPTP read the capabilities from it.
open='
state.h: ept vmx
'
# base and ept have no C library; these come with the compiler.
freestanding='stdint.h stdbool.h stddef.h stdarg.h stdalign.h stdnoreturn.h limits.h'

find src include -name '*.[chS]' | sort | xargs awk \
	-v layers="$layers" -v public="$public" -v open="$open" -v freestanding="$freestanding" '
function table(text, into,    lines, i, n, key, value) {
	n = split(text, lines, "\n")
	for (i = 1; i <= n; i++) {
		key = value = lines[i]
		sub(/:.*/, "", key)
		sub(/^[^:]*:/, "", value)
		if (key != "")
			into[key] = " " value " "
	}
}
function has(list, word) { return index(" " list " ", " " word " ") }
function bad(why) { print FILENAME ":" FNR ": " why; wrong = 1 }
function layer_of_public(name) {
	if (name in of_public) {
		gsub(/ /, "", of_public[name])
		return of_public[name]
	}
	sub(/\.h$/, "", name)
	return name
}
BEGIN { table(layers, may); table(public, of_public); table(open, open_to) }
FNR == 1 {
	files++
	is_public = FILENAME ~ /^include\//
	n = split(FILENAME, part, "/")
	mine = is_public ? layer_of_public(part[n]) : part[2]
	if (!(mine in may)) {
		bad("layer \"" mine "\" is not in the tables of tests/check-arrows.sh")
		nextfile
	}
}
/^[ \t]*#[ \t]*include/ {
	what = $0
	sub(/^[ \t]*#[ \t]*include[ \t]*/, "", what)
	quoted = what ~ /^"/
	what = substr(what, 2)
	sub(/[">].*$/, "", what)
	if (quoted && is_public) {
		bad("a public header includes <eptsim/...> and the C library, not \"" what "\"")
		next
	}
	if (quoted || what ~ /^eptsim\//) {
		n = split(what, part, "/")
		# A program of its own inside a folder (the runner of grade) has a folder there.
		own = n == 3 && quoted && part[1] == mine
		if ((n != 2 && !own) || (part[1] == "eptsim") == quoted) {
			bad("write \"folder/file.h\" or <eptsim/file.h>, not " what)
			next
		}
		theirs = quoted ? part[1] : layer_of_public(part[2])
		if (theirs != mine && !has(may[mine], theirs) && !(!quoted && has(open_to[part[2]], mine)))
			bad(mine " may not include " what ", which belongs to " theirs)
	} else if ((mine == "base" || mine == "ept") && !has(freestanding, what)) {
		bad(mine " is freestanding: there is no <" what ">")
	}
}
END {
	if (!files) {
		print "no sources"
		wrong = 1
	}
	exit wrong
}'
