#ifndef CI_DECODE_H
#define CI_DECODE_H
#endif
