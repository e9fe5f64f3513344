/** System V semaphores, message queues and shared memory (sysvipc(7)). */
package io.rookery.linux.ipc.sysv;
