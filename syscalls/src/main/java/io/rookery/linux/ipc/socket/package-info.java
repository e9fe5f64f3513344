/** Sockets: what all families share, and the UNIX domain (unix(7)). */
package io.rookery.linux.ipc.socket;
