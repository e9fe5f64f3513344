/** Loads programs: ELF files, their interpreters, scripts, and the initial stack. */
package io.rookery.linux.elf;
