/**
 * The system calls of 32-bit programs: a second table over the handlers of {@code call}, with
 * converters between the two layouts of structures.
 */
package io.rookery.linux.i386;
