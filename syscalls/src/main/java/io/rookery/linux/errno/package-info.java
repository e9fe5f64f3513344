/** Linux error numbers and the exception that carries them. */
package io.rookery.linux.errno;
