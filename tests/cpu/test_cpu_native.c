/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Every form of instruction that is implemented, run with random operands by the
 * host processor and by the interpreter: registers, flags as far as they are
 * defined, memory, and faults must be the same. And the manifest: what is
 * implemented, and what raises #UD, is as tests/cpu/manifest.txt says.
 *
 * EPTSIM_SEED, EPTSIM_CASES (a form), EPTSIM_FORM (only names that contain it);
 * --manifest prints the manifest.
 */
#include "cpu/machine.h"
#include "cpu/manifest.h"
#include "cpu/native.h"

#include "cpu/code.h"
#include "cpu/flags.h"
#include "host/random.h"

#include <inttypes.h>

struct trial {
	unsigned char bytes[20];
	ZydisDecodedInstruction in;
	ZydisDecodedOperand o[ZYDIS_MAX_OPERAND_COUNT];
};

struct context {
	struct rig rig;
	struct manifest manifest;
	struct random random;
	struct trial trial[BATCH];
	unsigned char *data[DATA_SIZE / 4096];
};

/* ---- Encoding ---- */

static uint64_t below(struct context *x, uint64_t n)
{
	return random_next(&x->random) % n;
}

static size_t put_prefixes(struct context *x, const struct form_case *f, unsigned char *to,
			   bool lock)
{
	uint8_t rex = (uint8_t)(below(x, 8) | (f->wide ? 8 : 0));
	size_t n = 0;

	if (f->vex) {
		size_t length = manifest_bytes(f, to);

		to[1] ^= (unsigned char)(below(x, 8) << 5);
		to[2] ^= (unsigned char)(below(x, 16) << 3);
		return length - 2;
	}
	if (lock)
		to[n++] = 0xf0;
	if (below(x, 16) == 0)
		to[n++] = 0x67;
	if (f->prefix)
		to[n++] = f->prefix;
	if (f->fixed_rm || (f->opcode == 0x90 && f->opcode_register && !f->wide))
		rex &= 8;
	if (f->wide || below(x, 2))
		to[n++] = 0x40 | rex;
	if (f->map)
		to[n++] = 0x0f;
	if (f->map > 1)
		to[n++] = f->map == 2 ? 0x38 : 0x3a;
	return n;
}

static void encode(struct context *x, const struct form_case *f, unsigned char *to, bool lock)
{
	size_t n = put_prefixes(x, f, to, lock);
	uint8_t modrm = f->modrm;

	to[n++] = f->opcode_register ? (uint8_t)(f->opcode | below(x, 8)) : f->opcode;
	if (f->has_modrm) {
		if (!f->fixed_reg)
			modrm = (uint8_t)((modrm & 0xc7) | below(x, 8) << 3);
		if (!f->register_rm)
			modrm = (uint8_t)((modrm & 0x38) | below(x, 3) << 6 | below(x, 8));
		else if (!f->fixed_rm)
			modrm = (uint8_t)((modrm & 0xf8) | below(x, 8));
		to[n++] = modrm;
	}
	while (n < 18)
		to[n++] = (unsigned char)random_next(&x->random);
}

static uint64_t interesting(struct context *x)
{
	uint64_t v = random_next(&x->random);

	switch (below(x, 8)) {
	case 0: return v & 0xff;
	case 1: return (uint64_t)-(int64_t)(v & 0xff);
	case 2: return UINT64_C(1) << (v & 63);
	case 3: return (UINT64_C(1) << (v & 63)) - 1;
	case 4: return v & 0x80000000 ? 0 : UINT64_MAX;
	case 5: return (uint32_t)v;
	default: return v;
	}
}

static uint64_t *gpr(struct registers *r, ZydisRegister z)
{
	int id = ZydisRegisterGetId(z);

	switch (ZydisRegisterGetClass(z)) {
	case ZYDIS_REGCLASS_GPR8:
		return &r->r[id < 4 ? id : id - 4];
	case ZYDIS_REGCLASS_GPR16:
	case ZYDIS_REGCLASS_GPR32:
	case ZYDIS_REGCLASS_GPR64:
		return &r->r[id];
	default:
		return NULL;
	}
}

/* A place for an operand: mostly good, sometimes across the end of what is mapped. */
static uint64_t target(struct context *x, unsigned bits)
{
	unsigned bytes = bits / 8 ? bits / 8 : 1;

	if (below(x, 32) == 0)
		return DATA + DATA_SIZE - below(x, bytes + 1);
	uint64_t at = DATA + 0x400 + below(x, DATA_SIZE - 0x800);

	return below(x, 2) ? at & ~UINT64_C(15) : at;
}

/* Registers and displacement such that the operand lies at a target. */
static void aim(struct context *x, struct trial *t, struct registers *r,
		const ZydisDecodedOperand *o)
{
	uint64_t at = target(x, o->size), disp = (uint64_t)o->mem.disp.value;
	uint64_t *base = gpr(r, o->mem.base), *index = gpr(r, o->mem.index);

	if (o->mem.type != ZYDIS_MEMOP_TYPE_MEM || (base && base == index))
		return;
	if (o->mem.base == ZYDIS_REGISTER_RSP && !o->mem.index && !t->in.raw.modrm.offset)
		at = (at & ~UINT64_C(7)) | below(x, 16) / 15;
	if (index && o->mem.index != ZYDIS_REGISTER_AL)
		*index = below(x, 64);
	if (!base) { /* a displacement of 4 bytes */
		uint64_t from = o->mem.base == ZYDIS_REGISTER_NONE ? 0 : r->rip + t->in.length;
		uint32_t value = (uint32_t)(at - from);

		memcpy(t->bytes + t->in.raw.disp.offset, &value, t->in.raw.disp.size == 32 ? 4 : 0);
		return;
	}
	*base = at - disp - (index && o->mem.index != ZYDIS_REGISTER_AL ? *index * o->mem.scale : 0);
	if (t->in.address_width == 32)
		*base = (uint32_t)*base;
}

static bool touches_string_count(const struct trial *t)
{
	return t->in.attributes & (ZYDIS_ATTRIB_HAS_REP | ZYDIS_ATTRIB_HAS_REPE |
				   ZYDIS_ATTRIB_HAS_REPNE);
}

static void make_registers(struct context *x, struct trial *t, struct registers *r)
{
	for (unsigned i = 0; i < 16; i++) {
		r->r[i] = interesting(x);
		for (unsigned k = 0; k < 2; k++)
			r->xmm[i][k] = below(x, 4) ? random_next(&x->random) : interesting(x);
	}
	r->mxcsr = 0x1f80;
	r->flags = 0x202 | (random_next(&x->random) & (FLAG_STATUS | FLAG_DF));
	r->r[CPU_RSP] = DATA + 0x1000 + below(x, 0x2000) / 8 * 8;
	if (touches_string_count(t))
		r->r[CPU_RCX] = below(x, 24);
	/* A bit string reaches far. */
	if (t->in.opcode_map == ZYDIS_OPCODE_MAP_0F && t->in.operand_count_visible == 2 &&
	    t->o[0].type == ZYDIS_OPERAND_TYPE_MEMORY && (t->in.opcode & 0xc7) == 0x83 &&
	    gpr(r, t->o[1].reg.value))
		*gpr(r, t->o[1].reg.value) = below(x, 2048) - 1024;
	if (t->in.mnemonic == ZYDIS_MNEMONIC_ENTER)
		t->bytes[t->in.raw.imm[0].offset + 1] &= 1;
	if (t->in.mnemonic == ZYDIS_MNEMONIC_CALL || t->in.mnemonic == ZYDIS_MNEMONIC_JMP)
		if (t->o[0].type == ZYDIS_OPERAND_TYPE_REGISTER && below(x, 8))
			*gpr(r, t->o[0].reg.value) = r->rip + 64 + below(x, 256);
	ZydisRegister aimed = ZYDIS_REGISTER_NONE;

	if (t->in.mnemonic == ZYDIS_MNEMONIC_ENTER)
		r->r[CPU_RBP] = target(x, 64);
	for (unsigned i = 0; i < t->in.operand_count; i++)
		if (t->o[i].type == ZYDIS_OPERAND_TYPE_MEMORY &&
		    (!t->o[i].mem.base || t->o[i].mem.base != aimed)) {
			aim(x, t, r, &t->o[i]);
			aimed = t->o[i].mem.base;
		}
	/* A branch stays near, where only INT3 is. */
	if (t->o[0].type == ZYDIS_OPERAND_TYPE_IMMEDIATE && t->o[0].imm.is_relative) {
		uint32_t near = (uint32_t)(below(x, 2) ? below(x, 100) : -20 - below(x, 100));

		memcpy(t->bytes + t->in.raw.imm[0].offset, &near, t->in.raw.imm[0].size / 8);
	}
}

/* An address that cannot be aimed: one register as base and index, or RSP where there
 * is an access to the stack besides. */
static bool twice(const struct trial *t)
{
	for (unsigned i = 0; i < t->in.operand_count_visible; i++)
		if (t->o[i].type == ZYDIS_OPERAND_TYPE_MEMORY && t->o[i].mem.base &&
		    (t->o[i].mem.base == t->o[i].mem.index ||
		     (ZydisRegisterGetId(t->o[i].mem.base) == 4 &&
		      (t->in.meta.category == ZYDIS_CATEGORY_CALL ||
		       t->in.meta.category == ZYDIS_CATEGORY_PUSH ||
		       t->in.meta.category == ZYDIS_CATEGORY_POP))))
			return true;
	return false;
}

/* cpu/decode.c has this, too: a fault of Zydis 4.0. */
static void mend_base(struct trial *t)
{
	for (unsigned i = 0; i < t->in.operand_count_visible; i++)
		if (t->o[i].type == ZYDIS_OPERAND_TYPE_MEMORY && t->in.raw.modrm.mod == 0 &&
		    t->in.raw.modrm.rm == 4 && t->in.raw.sib.base == 5)
			t->o[i].mem.base = ZYDIS_REGISTER_NONE;
}

/* False: no encoding of the form was found. */
static bool make_trial(struct context *x, const struct form_case *f, unsigned number)
{
	struct trial *t = &x->trial[number];
	struct registers *r = &native_batch->in[number];

	r->rip = CODE + number * CODE_STRIDE + 512 + below(x, 64) * (below(x, 8) == 0);
	for (unsigned tries = 0; tries < 2000; tries++) {
		encode(x, f, t->bytes, tries % 8 == 7);
		if (!ZYAN_SUCCESS(ZydisDecoderDecodeFull(&x->manifest.decoder, t->bytes, 15, &t->in,
							 t->o)) ||
		    t->in.mnemonic != f->mnemonic || twice(t))
			continue;
		mend_base(t);
		make_registers(x, t, r);
		memset((void *)(CODE + number * CODE_STRIDE), 0xcc, CODE_STRIDE);
		memcpy((void *)r->rip, t->bytes, t->in.length);
		return true;
	}
	return false;
}

/* ---- Comparing ---- */

static void interpret(struct context *x, const struct registers *in, struct registers *out)
{
	struct cpu *c = &x->rig.cpu;

	memcpy(c->r, in->r, sizeof in->r);
	memcpy(c->xmm, in->xmm, sizeof in->xmm);
	c->mxcsr = in->mxcsr;
	c->rip = in->rip;
	cpu_set_flags(c, in->flags);
	enum cpu_status status = rig_run(&x->rig, 1);

	out->vector = 0xff;
	if (status == CPU_EXCEPTION) {
		out->vector = c->exception.vector;
		out->error_code = c->exception.error_code;
		out->cr2 = c->exception.fault.cr2.v;
	}
	memcpy(out->r, c->r, sizeof out->r);
	memcpy(out->xmm, c->xmm, sizeof out->xmm);
	out->mxcsr = c->mxcsr;
	out->rip = c->rip;
	out->flags = cpu_flags(c);
}

static bool differ(const char *what, unsigned number, uint64_t is, uint64_t due)
{
	if (is == due)
		return false;
	printf("    %s%.0u is %#" PRIx64 ", the host has %#" PRIx64 "\n", what, number, is, due);
	return true;
}

static bool compare(const struct trial *t, const struct registers *is, const struct registers *due)
{
	static const char *const names[] = { "rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi",
					     "r8",  "r9",  "r10", "r11", "r12", "r13", "r14", "r15" };
	uint64_t flags = FLAG_STATUS | FLAG_DF;
	bool wrong = false;

	if (t->in.cpu_flags && due->vector == 0xff)
		flags &= ~(uint64_t)t->in.cpu_flags->undefined;
	/* A jump to where nothing is: the host's next fetch, not the instruction, faults. */
	bool next = due->vector == 14 && due->error_code & 0x10 && is->vector == 0xff;

	if (!next)
		wrong |= differ("exception ", 0, is->vector, due->vector);
	if (!next && due->vector == 14) {
		wrong |= differ("error code ", 0, is->error_code, due->error_code);
		wrong |= differ("cr2 ", 0, is->cr2, due->cr2);
	}
	for (unsigned i = 0; i < 16; i++) {
		wrong |= differ(names[i], 0, is->r[i], due->r[i]);
		wrong |= differ("low xmm", i, is->xmm[i][0], due->xmm[i][0]);
		wrong |= differ("high xmm", i, is->xmm[i][1], due->xmm[i][1]);
	}
	wrong |= differ("rip ", 0, is->rip, due->rip);
	wrong |= differ("mxcsr ", 0, is->mxcsr, due->mxcsr);
	wrong |= differ("flags ", 0, is->flags & flags, due->flags & flags);
	return wrong;
}

static void show(const struct form_case *f, const struct trial *t, const struct registers *in)
{
	printf("FAILED %s:", f->name);
	for (unsigned i = 0; i < t->in.length; i++)
		printf(" %02x", t->bytes[i]);
	printf("\n    from rax %#" PRIx64 " rcx %#" PRIx64 " rdx %#" PRIx64 " rbx %#" PRIx64
	       " flags %#" PRIx64 " rip %#" PRIx64 "\n",
	       in->r[0], in->r[1], in->r[2], in->r[3], in->flags, in->rip);
}

static bool same_memory(struct context *x, const struct form_case *f)
{
	for (unsigned i = 0; i < DATA_SIZE / 4096; i++)
		if (memcmp(x->data[i], (const void *)(DATA + i * 4096), 4096)) {
			printf("FAILED %s: memory differs in page %u\n", f->name, i);
			return false;
		}
	return true;
}

static void make_memory(struct context *x)
{
	for (uint64_t at = DATA; at < DATA + DATA_SIZE; at += 8)
		*(uint64_t *)at = interesting(x);
	for (unsigned i = 0; i < DATA_SIZE / 4096; i++)
		memcpy(x->data[i], (const void *)(DATA + i * 4096), 4096);
}

static void load_code(struct context *x, unsigned count)
{
	for (uint64_t at = 0; at < count * CODE_STRIDE; at += 4096) {
		unsigned char *page = rig_page(&x->rig, CODE + at);
		hpa_t frame = hpa((uint64_t)(page - x->rig.replay.machine.arena.mem.ram));

		memcpy(page, (const void *)(CODE + at), 4096);
		code_written(&x->rig.cpu, frame);
	}
}

/* A call to an address that is not canonical: the host has written the return
 * address when it faults, against the operation section of SDM 2, "CALL". */
static void forgive(struct context *x, const struct form_case *f)
{
	uint64_t at = native_batch->in[0].r[CPU_RSP] - 8 - DATA;

	if (f->mnemonic != ZYDIS_MNEMONIC_CALL || native_batch->out[0].vector != 13)
		return;
	for (unsigned i = 0; i < 8 && at + i < DATA_SIZE; i++)
		x->data[(at + i) / 4096][(at + i) % 4096] = *(unsigned char *)(DATA + at + i);
}

static bool run_form(struct context *x, const struct form_case *f, unsigned cases)
{
	struct registers out;

	for (unsigned done = 0, count; done < cases; done += count) {
		count = cases - done < BATCH ? cases - done : BATCH;
		/* See forgive(). */
		if (f->mnemonic == ZYDIS_MNEMONIC_CALL)
			count = 1;
		make_memory(x);
		for (unsigned i = 0; i < count; i++)
			if (!make_trial(x, f, i)) {
				printf("FAILED %s: no encoding found\n", f->name);
				return false;
			}
		load_code(x, count);
		native_batch->count = count;
		if (!native_run()) {
			printf("FAILED %s: the native run came to grief in %u\n", f->name,
			       native_batch->done);
			return false;
		}
		for (unsigned i = 0; i < count; i++) {
			const struct registers *in = &native_batch->in[i];

			out = *in;
			interpret(x, in, &out);
			if (compare(&x->trial[i], &out, &native_batch->out[i])) {
				show(f, &x->trial[i], in);
				return false;
			}
		}
		forgive(x, f);
		if (!same_memory(x, f))
			return false;
	}
	return true;
}

/* ---- The manifest ---- */

static bool implemented(struct context *x, const struct form_case *f)
{
	unsigned char bytes[24] = { 0 };
	struct op op;
	bool ends;

	manifest_bytes(f, bytes);
	decode_op(&x->rig.cpu, bytes, 15, 0, &op, &ends);
	return op.run != op_undefined;
}

/* Whose outcome is not the host's to say. */
static bool comparable(const struct form_case *f)
{
	switch (f->mnemonic) {
	case ZYDIS_MNEMONIC_SYSCALL:
	case ZYDIS_MNEMONIC_RDTSC:
	case ZYDIS_MNEMONIC_RDTSCP:
	case ZYDIS_MNEMONIC_CPUID:
	case ZYDIS_MNEMONIC_XGETBV:
	case ZYDIS_MNEMONIC_INT3:
		return false;
	/* TF would trap, AC would make the kernel's signal frame trap. */
	case ZYDIS_MNEMONIC_POPF:
	case ZYDIS_MNEMONIC_POPFQ:
		return false;
	default:
		return true;
	}
}

static const char *status_of(struct context *x, const struct form_case *f)
{
	return !implemented(x, f) ? "#UD" : comparable(f) ? "compared" : "implemented";
}

static int print_manifest(struct context *x)
{
	for (size_t i = 0; i < x->manifest.count; i++)
		printf("%-12s %-10s %s\n", status_of(x, &x->manifest.form[i]),
		       x->manifest.form[i].set, x->manifest.form[i].name);
	return 0;
}

/* The file, line by line. */
static bool manifest_agrees(struct context *x)
{
	FILE *file = fopen("tests/cpu/manifest.txt", "r");
	char is[160], due[160];

	for (size_t i = 0; file && i < x->manifest.count; i++) {
		const struct form_case *f = &x->manifest.form[i];

		snprintf(is, sizeof is, "%-12s %-10s %s\n", status_of(x, f), f->set, f->name);
		if (!fgets(due, sizeof due, file) || strcmp(is, due)) {
			printf("FAILED tests/cpu/manifest.txt:%zu: this is %s", i + 1, is);
			fclose(file);
			return false;
		}
	}
	if (file)
		fclose(file);
	return file != NULL;
}

static void setup(struct context *x)
{
	static const char *const settings[] = { "mode=native", "memory.size=64M", NULL };

	memset(x, 0, sizeof *x);
	manifest_make(&x->manifest);
	rig_init(&x->rig, settings);
	rig_map(&x->rig, DATA, DATA_SIZE, REGION_R | REGION_W);
	rig_map(&x->rig, CODE, CODE_SIZE & -UINT64_C(4096), REGION_R | REGION_X);
	for (unsigned i = 0; i < DATA_SIZE / 4096; i++)
		x->data[i] = rig_page(&x->rig, DATA + i * 4096);
}

int main(int argc, char **argv)
{
	static struct context x;
	const char *only = getenv("EPTSIM_FORM"), *text = getenv("EPTSIM_CASES");
	unsigned cases = text ? (unsigned)atoi(text) : 200, passed = 0, failed = 0, undefined = 0;

	setup(&x);
	if (argc > 1 && !strcmp(argv[1], "--manifest"))
		return print_manifest(&x);
	const char *given = getenv("EPTSIM_SEED");
	uint64_t seed = given ? strtoull(given, NULL, 0) : 1;

	printf("EPTSIM_SEED=%" PRIu64 "\n", seed);

	if (!native_init()) {
		printf("no memory at the addresses of the test\n");
		return 1;
	}
	for (size_t i = 0; i < x.manifest.count; i++) {
		const struct form_case *f = &x.manifest.form[i];

		if (!implemented(&x, f)) {
			undefined++;
			continue;
		}
		if (!comparable(f) || (only && !strstr(f->name, only)))
			continue;
		/* Any one form can be seen again without the others. */
		random_seed(&x.random, seed * 1000003 + i);
		if (run_form(&x, f, cases))
			passed++;
		else
			failed++;
	}
	printf("%zu forms: %u compared with the host, %u cases each; %u raise #UD\n",
	       x.manifest.count, passed + failed, cases, undefined);
	if (!only && manifest_agrees(&x))
		passed++;
	else if (!only)
		failed++;
	rig_destroy(&x.rig);
	free(x.manifest.form);
	printf("%u passed, %u failed\n", passed, failed);
	return failed != 0;
}
