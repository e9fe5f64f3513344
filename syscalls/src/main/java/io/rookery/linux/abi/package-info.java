/**
 * The binary interface: the table of system calls with its dispatcher and trace, and the layouts of
 * structures in guest memory.
 */
package io.rookery.linux.abi;
