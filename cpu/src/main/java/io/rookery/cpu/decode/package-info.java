/**
 * x86 instruction decoder. {@link io.rookery.cpu.decode.Decoder} turns bytes into an {@link
 * io.rookery.cpu.decode.Insn}, by the tables in src/main/tables.
 */
package io.rookery.cpu.decode;
