"""Reports (都市圈信用信息查询报告): a subject's records, for itself or whom it authorised.

A report is made from one reading with the eyes of whoever takes it, each record with its proof, and
signed as a voucher is. It cannot be called back, so its code is asked again: the page for a code
says whether the same question still has the same answer, never what has ended (decision 0039).
"""
