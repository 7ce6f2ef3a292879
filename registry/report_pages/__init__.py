"""The pages of reports (都市圈信用信息查询报告): taken, read, downloaded, checked by code."""
