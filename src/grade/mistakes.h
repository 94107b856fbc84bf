/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What goes wrong in implementations of EPT: each mistake by its rule's id, with
 * one sentence of advice. Those with a number are the list of docs/instructor.md.
 */
#ifndef GRADE_MISTAKES_H
#define GRADE_MISTAKES_H

/* identifier, number (0: not of the list), rule id, what is wrong, advice */
#define MISTAKES(X)                                                                                \
	X(EPTP_WALK_LENGTH, 1, "eptp-walk-length",                                                 \
	  "the EPT pointer's walk length is not levels - 1",                                       \
	  "Bits 5:3 of the EPTP hold the number of levels minus 1: 3 for a 4-level EPT.")          \
	X(EPTP_TYPE, 2, "eptp-memory-type", "the EPT pointer's memory type is not 0 or 6",         \
	  "Bits 2:0 of the EPTP are 6 (write-back), or 0 where the processor lacks LAB_CAP_WB.")   \
	X(EPTP_UNCACHED, 3, "eptp-uncached", "the EPT pointer's memory type is 0 (uncacheable)",   \
	  "It is legal, but each walk then goes to memory: put 6 (write-back) into bits 2:0 of "   \
	  "the "                                                                                   \
	  "EPTP.")                                                                                 \
	X(EPTP_RESERVED, 4, "eptp-reserved",                                                       \
	  "the EPT pointer has a reserved bit set, or another root",                               \
	  "Bits 11:8 and those from MAXPHYADDR up are 0; bits above 11 are lab->root as it is.")   \
	X(EPTP_AD, 5, "eptp-accessed-dirty",                                                       \
	  "the EPT pointer's bit 6 (accessed and dirty flags) is wrong",                           \
	  "Set bit 6 of the EPTP if lab->want_accessed_dirty and LAB_CAP_AD are both there, else " \
	  "not.")                                                                                  \
	X(POINTER_STORED, 6, "pointer-stored", "an entry contains a pointer of the program",       \
	  "An entry holds a host-physical address: store the hpa that alloc_frame gave, not what " \
	  "frame_pointer made of it.")                                                             \
	X(PFN_SHIFT, 7, "pfn-shift", "a page number and a byte address were mixed up",             \
	  "The address in an entry is the hpa itself with its low 12 bits 0: do not shift it.")    \
	X(WRONG_INDEX, 8, "wrong-index", "the wrong entry of a table is used",                     \
	  "The index at level n is bits 9n+11 to 9n+3 of the gpa: (gpa >> (12 + 9 * (n - 1))) & "  \
	  "511.")                                                                                  \
	X(GPA_WIDTH, 9, "gpa-width", "a gpa wider than the EPT is accepted",                       \
	  "A 4-level EPT translates bits 47:0, a 5-level one bits 56:0; answer LAB_BAD_ADDRESS "   \
	  "to "                                                                                    \
	  "more.")                                                                                 \
	X(WRITE_ONLY, 10, "write-without-read", "an entry with W and without R was stored",        \
	  "The processor calls that a misconfiguration: set bit 0 wherever you set bit 1.")        \
	X(EXECUTE_ONLY, 11, "execute-only",                                                        \
	  "an execute-only entry was stored, which this processor lacks",                          \
	  "Without LAB_CAP_EXECUTE_ONLY set bit 0 wherever you set bit 2.")                        \
	X(TABLE_RIGHTS, 12, "table-rights", "an entry above the page withholds rights",            \
	  "The processor ANDs the rights of all levels: let entries that reference tables grant "  \
	  "R, W "                                                                                  \
	  "and X, and the last one decide.")                                                       \
	X(TABLE_NOT_PRESENT, 13, "table-not-present", "an entry above the page is not present",    \
	  "An entry that references a table needs bits 2:0 as well, or the walk ends there.")      \
	X(PRESENCE, 14, "presence-by-bit-0", "an execute-only page is taken for nothing",          \
	  "An entry is present if any of bits 2:0 is set: test entry & 7, not entry & 1.")         \
	X(GUEST_BITS, 15, "guest-bits", "bits of a guest's page table were used in an EPT entry",  \
	  "EPT entries have a format of their own: R, W, X in bits 2:0, A and D in bits 8 and 9, " \
	  "no "                                                                                    \
	  "user bit and no XD.")                                                                   \
	X(TABLE_TYPE, 16, "table-memory-type",                                                     \
	  "an entry that references a table has a memory type or IPAT",                            \
	  "Bits 6:3 are reserved except in the entry that maps the page.")                         \
	X(BAD_TYPE, 17, "memory-type", "the page's memory type is wrong",                          \
	  "Bits 5:3 are one of 0, 1, 4, 5, 6 (UC, WC, WT, WP, WB), as asked for.")                 \
	X(LEAF_UNCACHED, 18, "uncached-page", "a page meant to be write-back is uncacheable",      \
	  "It is legal, but each access goes to memory: put the type into bits 5:3 of the entry.") \
	X(MIXED_TYPES, 19, "mixed-memory-types",                                                   \
	  "one large page covers memory of different types",                                       \
	  "Merge only pages that are alike in everything but their address and their A and D "     \
	  "flags.")                                                                                \
	X(PML4_BIT_7, 20, "top-level-bit-7", "bit 7 is set in an entry of level 4 or 5",           \
	  "Only entries of level 3 and 2 can map a page; above, bit 7 is reserved.")               \
	X(PAGE_BIT, 21, "page-bit", "bit 7 is missing in the entry of a large page",               \
	  "Without bit 7 the processor takes the page's data for a table of further entries.")     \
	X(SPLIT_LEFTOVERS, 22, "split-leftovers",                                                  \
	  "bits of the large page stayed in the entry that now "                                   \
	  "references a table",                                                                    \
	  "Make the entry anew from the table's hpa and R, W, X; memory type, "                    \
	  "IPAT and bit 7 belong into the 512 entries below.")                                     \
	X(LARGE_UNALIGNED, 23, "large-unaligned", "a large page that is not aligned is accepted",  \
	  "gpa and hpa of a 2M page have bits 20:0 clear, of a 1G page bits 29:0; else answer "    \
	  "LAB_UNALIGNED.")                                                                        \
	X(ADDRESS_WIDTH, 24, "address-width",                                                      \
	  "an address has bits that this processor does not have",                                 \
	  "An hpa has lab->maxphyaddr bits; answer LAB_BAD_ADDRESS to more.")                      \
	X(LARGE_UNSUPPORTED, 25, "large-unsupported",                                              \
	  "a page size is used that this processor lacks",                                         \
	  "2M pages need LAB_CAP_2M, 1G pages LAB_CAP_1G; else answer LAB_BAD_SIZE.")              \
	X(OFFSET_LOST, 26, "offset-lost", "the offset within the page was lost",                   \
	  "Below a page of 2^n bytes the low n bits of the address go through unchanged.")         \
	X(GUEST_LARGE, 27, "guest-page-size", "the guest's large pages are not understood",        \
	  "Bit 7 (PS) of a guest PDPTE or PDE ends the guest's walk: a page of 1G or 2M.")         \
	X(GUEST_AS_HPA, 28, "guest-address-as-hpa", "a guest table's gpa was used as an hpa",      \
	  "CR3 and the guest's entries contain gpas: translate each through the EPT before "       \
	  "reading.")                                                                              \
	X(CR3_BITS, 29, "cr3-low-bits", "the low bits of CR3 were taken for address bits",         \
	  "The guest's top table is at CR3[51:12]; bits 11:0 are flags or the PCID, bit 63 no "    \
	  "address.")                                                                              \
	X(FAULT_ORDER, 30, "fault-order",                                                          \
	  "a guest fault and an EPT violation come in the wrong order",                            \
	  "Each guest entry is translated by the EPT, then read, then judged; the guest's rights " \
	  "come "                                                                                  \
	  "before the EPT walk of the final gpa.")                                                 \
	X(PAGE_FAULT, 31, "page-fault-code", "the page fault's error code or CR2 is wrong",        \
	  "Bit 0: the page was present; 1: a write; 2: a user access; 3: a reserved bit; 4: a "    \
	  "fetch. "                                                                                \
	  "CR2 is the full faulting gva.")                                                         \
	X(QUALIFICATION, 32, "exit-qualification",                                                 \
	  "the EPT violation's qualification or gpa is wrong",                                     \
	  "Bits 2:0 say what the access was, 5:3 the AND of the rights of all entries used (0 if " \
	  "one "                                                                                   \
	  "is not present), bit 7 is 1, bit 8 is 1 for the final access; the gpa has its low 12 "  \
	  "bits.")                                                                                 \
	X(STRUCTURE_WRITE, 33, "structure-access-is-write",                                        \
	  "with EPT A/D on, an access to a guest's table is "                                      \
	  "not treated as a write",                                                                \
	  "With EPTP bit 6 set the processor counts each access to a guest "                       \
	  "paging structure as a write: W is needed and D is set.")                                \
	X(EPT_FLAGS, 34, "accessed-dirty-flags", "accessed or dirty flags are wrong",              \
	  "A is set in every entry used; D only in the last one, and only by a write.")            \
	X(FLAG_WRITE, 35, "flag-through-read-only",                                                \
	  "a guest flag was set through a read-only EPT page",                                     \
	  "Setting A or D in a guest's entry is a write to the page that holds it: judge it by "   \
	  "the EPT.")                                                                              \
	X(NO_INVEPT, 36, "no-invept", "processors still use the old translation",                  \
	  "After taking rights away or unmapping, execute INVEPT: call lab->invept on each "       \
	  "processor.")                                                                            \
	X(INVEPT_FAILED, 37, "invept-operand", "INVEPT fails for its type or descriptor",          \
	  "Type 1 takes the EPTP in force, type 2 none; others end in VMfail and drop nothing.")   \
	X(INVVPID_USED, 38, "invvpid-instead", "INVVPID was used where INVEPT is due",             \
	  "INVVPID leaves guest-physical mappings alone: use INVEPT after changing an EPT.")       \
	X(ONE_PROCESSOR, 39, "one-processor", "only one processor was told",                       \
	  "Each processor caches for itself: repeat the invalidation for 0 .. lab->processors - "  \
	  "1.")                                                                                    \
	X(FLUSHES, 40, "needless-flush", "INVEPT is executed where nothing can be stale",          \
	  "It is legal, but throws away all cached translations: nothing that was not present is " \
	  "cached, so mapping needs no INVEPT.")                                                   \
	X(SEVERAL_STORES, 41, "several-stores", "an entry in use is changed in several stores",    \
	  "A processor may walk in between: compute the whole entry, then store it once.")         \
	X(BREAK_BEFORE_MAKE, 42, "break-before-make", "the page size changes in one step",         \
	  "Store a not-present entry, execute INVEPT on each processor, and only then store the "  \
	  "new "                                                                                   \
	  "one.")                                                                                  \
	X(OVERWRITE, 43, "overwrite", "what was mapped is overwritten without an error",           \
	  "Look at the entry first and answer LAB_DUPLICATED if it is present.")                   \
	X(FRAME_LEAK, 43, "frame-leak", "frames are lost",                                         \
	  "Free each frame that was allocated once it is linked no more, also on the way out of "  \
	  "an "                                                                                    \
	  "error.")                                                                                \
	X(NOT_ZEROED, 43, "table-not-zeroed", "a new table contains rubbish",                      \
	  "A frame from alloc_frame contains anything: clear its 512 entries before you link it.") \
	X(EMPTY_KEPT, 43, "empty-table-kept", "a table stays although it has become empty",        \
	  "After unmapping the last page of a table free it and clear the entry that references "  \
	  "it, "                                                                                   \
	  "up to the root.")                                                                       \
	X(UNALIGNED, 44, "unaligned-accepted", "an unaligned address is accepted",                 \
	  "Answer LAB_UNALIGNED if gpa or hpa is no multiple of the page size.")                   \
	X(NO_PERMISSION, 44, "zero-permission", "a page without any permission is accepted",       \
	  "An entry with bits 2:0 all 0 is not present: answer LAB_BAD_PERMISSION.")               \
	X(OUTPUT_UNSET, 44, "output-unset", "an output is not set on an error",                    \
	  "Set the output to 0 before the first return.")                                          \
	X(NO_PROGRESS, 45, "no-progress", "the same violation comes again and again",              \
	  "Map what the guest asked for, or do not answer LAB_OK.")                                \
	X(BY_GVA, 46, "lookup-by-gva", "the handler looks at the gva",                             \
	  "An EPT maps gpas: several gvas may lead to one gpa, so look up violation->gpa.")        \
	X(CROSSING, 47, "page-crossing",                                                           \
	  "an access that crosses a page is judged on one page only",                              \
	  "Translate the first byte of each page that the access touches.")                        \
	X(WRONG_RESULT, 0, "wrong-result", "the answer is wrong",                                  \
	  "Compare with the comments in submission.h.")                                            \
	X(WRONG_ADDRESS, 0, "wrong-address", "the page leads to the wrong address",                \
	  "Follow the entries from the root down and compare each with what you meant to store.")  \
	X(WRONG_RIGHTS, 0, "wrong-rights", "the page has other rights than asked for",             \
	  "Bits 2:0 of the last entry are R, W and X.")                                            \
	X(STILL_MAPPED, 0, "still-mapped", "the page is still there",                              \
	  "Store 0 into the entry that maps the page.")                                            \
	X(ERROR_CHANGED, 0, "error-changes", "a call that failed changed something",               \
	  "Check everything first, then change; take back what was done when a frame is missing.") \
	X(STRAY_WRITE, 0, "stray-write",                                                           \
	  "a frame was written that does not belong to the submission",                            \
	  "Write only to frames from alloc_frame that you have not freed, and 512 entries in "     \
	  "each.")                                                                                 \
	X(BAD_FREE, 0, "bad-free", "a frame was freed that is not allocated, or still linked",     \
	  "Free each frame once, after the entry that references it is cleared; never the root.")  \
	X(NOT_IMPLEMENTED, 0, "not-implemented", "the function is still the skeleton's",           \
	  "Write it; submission.h says what it does, README.md in which order to begin.")          \
	X(MISSING, 0, "missing-function", "the function is not there",                             \
	  "Define it as submission.h declares it, not static.")                                    \
	X(DIED, 0, "ended", "the submission did not return",                                       \
	  "Run your code by itself under a debugger, with the calls shown here.")                  \
	X(COMPILE, 0, "compile", "the submission does not compile",                                \
	  "Compile it with `make` in the handout's directory.")                                    \
	X(IMAGE, 0, "image", "the memory image is not as expected",                                \
	  "Compare the entries shown here.")                                                       \
	X(PRINTED, 0, "printed", "the submission printed something",                               \
	  "Nobody reads it: leave it out.")

enum mistake {
	MISTAKE_NONE,
#define X(id, number, name, text, advice) MISTAKE_##id,
	MISTAKES(X)
#undef X
		MISTAKE_COUNT
};

struct mistake_info {
	unsigned number;
	const char *name, *text, *advice;
};

const struct mistake_info *mistake_info(enum mistake m);

#endif
