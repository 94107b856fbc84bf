/* SPDX-License-Identifier: BSD-2-Clause */
#include "vmx/console.h"

#include "vmx/cpu.h"

#include <stdbool.h>
#include <stddef.h>

#define PORT_E9 0xe9        /* Bochs and QEMU: a byte written appears on the host */
#define PORT_SHUTDOWN 0x8900 /* Bochs: "Shutdown" written here ends it */
#define PORT_QEMU_EXIT 0xf4  /* QEMU's isa-debug-exit */

/* 16550 registers, from COM1's base. */
#define COM1 0x3f8
#define UART_DATA (COM1 + 0)
#define UART_INTERRUPTS (COM1 + 1)
#define UART_FIFO (COM1 + 2)
#define UART_LINE (COM1 + 3)
#define UART_MODEM (COM1 + 4)
#define UART_STATUS (COM1 + 5)
#define UART_STATUS_EMPTY 0x20
#define UART_LINE_8N1 0x03
#define UART_LINE_DIVISOR 0x80
#define UART_SPINS 1000000 /* a port that never empties is not there */

#define BUFFER_SIZE 4096

static struct {
	bool e9;
	bool serial;
	uint32_t sum;
	size_t used;
	char buffer[BUFFER_SIZE];
} console;

void console_init(void)
{
	console.e9 = inb(PORT_E9) == PORT_E9;
	console.serial = !console.e9;
	if (!console.serial)
		return;
	outb(UART_INTERRUPTS, 0);
	outb(UART_LINE, UART_LINE_DIVISOR);
	outb(UART_DATA, 1); /* 115200 baud */
	outb(UART_INTERRUPTS, 0);
	outb(UART_LINE, UART_LINE_8N1);
	outb(UART_FIFO, 0xc7); /* FIFO on, cleared */
	outb(UART_MODEM, 0x03);
}

static void serial_char(char c)
{
	for (unsigned spins = 0; !(inb(UART_STATUS) & UART_STATUS_EMPTY); spins++)
		if (spins == UART_SPINS) {
			console.serial = false;
			return;
		}
	outb(UART_DATA, (uint8_t)c);
}

static void flush(void)
{
	const char *from = console.buffer;
	size_t count = console.used;

	console.used = 0;
	if (console.e9)
		__asm__ volatile("rep outsb" : "+S"(from), "+c"(count) : "d"((uint16_t)PORT_E9) : "memory");
	else
		for (size_t i = 0; i < count && console.serial; i++)
			serial_char(from[i]);
}

void print_char(char c)
{
	if (console.used == BUFFER_SIZE)
		flush();
	console.buffer[console.used++] = c;
}

void print(const char *text)
{
	while (*text)
		print_char(*text++);
}

void print_hex(uint64_t value)
{
	char digits[16];
	unsigned n = 0;

	do {
		digits[n++] = "0123456789abcdef"[value & 15];
		value >>= 4;
	} while (value);
	while (n)
		print_char(digits[--n]);
}

void print_decimal(uint64_t value)
{
	char digits[20];
	unsigned n = 0;

	do {
		digits[n++] = (char)('0' + value % 10);
		value /= 10;
	} while (value);
	while (n)
		print_char(digits[--n]);
}

/* The checksum of a line is FNV-1a, 32 bits, over its kind and its fields' bytes. */
static void add(uint8_t byte)
{
	console.sum = (console.sum ^ byte) * 16777619u;
}

void line_begin(char kind)
{
	console.sum = 2166136261u;
	add((uint8_t)kind);
	print_char('@');
	print_char(kind);
}

void line_field(uint64_t value)
{
	for (unsigned i = 0; i < 8; i++)
		add((uint8_t)(value >> (8 * i)));
	print_char(' ');
	print_hex(value);
}

void line_end(void)
{
	print(" *");
	print_hex(console.sum);
	print_char('\n');
	flush();
}

void stop(void)
{
	flush();
	for (const char *s = "Shutdown"; *s; s++)
		outb(PORT_SHUTDOWN, (uint8_t)*s);
	if (console.e9)
		outb(PORT_QEMU_EXIT, 0);
	for (;;)
		__asm__ volatile("cli; hlt");
}

void die(const char *why)
{
	print("eptsim-vmx: ");
	print(why);
	print_char('\n');
	stop();
}
