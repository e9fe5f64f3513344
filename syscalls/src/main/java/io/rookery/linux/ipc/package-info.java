/** Pipes, sockets of the UNIX domain, and the descriptors that poll, select and epoll watch. */
package io.rookery.linux.ipc;
