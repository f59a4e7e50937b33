package brextest

// What generated companies are made of. All of it is ASCII, which is all that
// Brex takes.

var firstNames = []string{
	"Maya", "Daniel", "Priya", "Lucas", "Aisha", "Noah", "Elena", "Marcus", "Wei", "Sofia", "Omar", "Hannah", "Diego",
	"Grace", "Kenji", "Olivia", "Samuel", "Ines", "Tariq", "Julia", "Andre", "Chloe", "Ravi", "Nora", "Ethan", "Leila",
	"Victor", "Amara", "Felix", "Zoe", "Hugo", "Imani", "Peter", "Yuki", "Carlos", "Ruth", "Anders", "Fatima", "Jonas",
	"Bianca", "Theo", "Mei", "Adam", "Lena", "Kofi", "Clara", "Ivan", "Rosa",
}

var lastNames = []string{
	"Chen", "Okafor", "Martinez", "Nguyen", "Kowalski", "Patel", "Johnson", "Sato", "Haddad", "Silva", "Larsen", "Kim",
	"Dubois", "Rossi", "Brown", "Ibrahim", "Novak", "Garcia", "Singh", "Weber", "Murphy", "Tanaka", "Costa", "Ali",
	"Fischer", "Lopez", "Jensen", "Walker", "Mensah", "Popov", "Reyes", "Cohen", "Moreau", "Hughes", "Park", "Santos",
	"Bauer", "Yilmaz", "Adams", "Romero", "Lindgren", "Osei", "Bailey", "Ferrari", "Khan", "Schmidt", "Wright",
}

var departmentNames = []string{"Engineering", "Sales", "Marketing", "Finance", "Operations", "People", "Customer Success",
	"Design", "Legal", "Data", "Security", "Facilities"}

var titleNames = []string{"Chief Executive Officer", "Software Engineer", "Account Executive", "Marketing Manager",
	"Accountant", "Operations Analyst", "Recruiter", "Support Specialist", "Product Designer", "Counsel", "Data Scientist",
	"Engineering Manager", "Office Manager", "Controller"}

// place is an office, and where purchases happen.
type place struct {
	name, line1, city, state, country, postal, zone string
	latitude, longitude                             string
}

var places = []place{
	{"San Francisco HQ", "405 Howard St", "San Francisco", "CA", "US", "94105", "America/Los_Angeles", "37.7880", "-122.3960"},
	{"New York", "85 Broad St", "New York", "NY", "US", "10004", "America/New_York", "40.7041", "-74.0113"},
	{"Austin", "600 Congress Ave", "Austin", "TX", "US", "78701", "America/Chicago", "30.2687", "-97.7429"},
	{"London", "1 Finsbury Ave", "London", "", "GB", "EC2M 2PF", "Europe/London", "51.5197", "-0.0839"},
	{"Remote", "", "", "", "US", "", "", "", ""},
	{"Tokyo", "2-7-2 Marunouchi", "Tokyo", "", "JP", "100-7014", "Asia/Tokyo", "35.6800", "139.7650"},
	{"Chicago", "222 W Merchandise Mart", "Chicago", "IL", "US", "60654", "America/Chicago", "41.8885", "-87.6354"},
	{"Berlin", "Torstr 85", "Berlin", "", "DE", "10119", "Europe/Berlin", "52.5290", "13.4010"},
}

// shop is a merchant: what its purchases cost, in minor units of its currency.
type shop struct {
	descriptor, mcc, country, category, currency string
	low, high                                    int64
}

var shops = []shop{
	{"AMAZON WEB SERVICES", "7372", "USA", "SERVERS", "USD", 42_000, 2_400_000},
	{"GITHUB, INC.", "5734", "USA", "RECURRING_SOFTWARE_AND_SAAS", "USD", 2_100, 94_500},
	{"SLACK T0294XK1Z", "4816", "USA", "RECURRING_SOFTWARE_AND_SAAS", "USD", 8_750, 120_000},
	{"NOTION LABS, INC.", "7372", "USA", "RECURRING_SOFTWARE_AND_SAAS", "USD", 1_000, 40_000},
	{"GOOGLE *GSUITE_EXAMPLE", "7372", "USA", "RECURRING_SOFTWARE_AND_SAAS", "USD", 7_200, 86_400},
	{"FIGMA MONTHLY RENEWAL", "5734", "USA", "RECURRING_SOFTWARE_AND_SAAS", "USD", 4_500, 45_000},
	{"DATADOG, INC.", "7372", "USA", "SERVERS", "USD", 30_000, 450_000},
	{"UNITED AIRLINES", "3000", "USA", "AIRLINE_EXPENSES", "USD", 12_900, 189_000},
	{"DELTA AIR LINES", "3058", "USA", "AIRLINE_EXPENSES", "USD", 11_800, 164_000},
	{"LUFTHANSA", "3008", "DEU", "AIRLINE_EXPENSES", "EUR", 9_900, 142_000},
	{"MARRIOTT UNION SQUARE", "3509", "USA", "LODGING", "USD", 18_900, 96_000},
	{"HILTON LONDON BANKSIDE", "3504", "GBR", "LODGING", "GBP", 15_500, 88_000},
	{"HOTEL NIKKO TOKYO", "7011", "JPN", "LODGING", "JPY", 14_800, 92_000},
	{"AIRBNB * HMQ2X4", "7011", "USA", "LODGING", "USD", 14_000, 130_000},
	{"UBER *TRIP", "4121", "USA", "RIDESHARE_AND_TAXI", "USD", 790, 8_900},
	{"LYFT *RIDE", "4121", "USA", "RIDESHARE_AND_TAXI", "USD", 820, 7_400},
	{"NIHON KOTSU TAXI", "4121", "JPN", "RIDESHARE_AND_TAXI", "JPY", 730, 9_800},
	{"JR EAST", "4111", "JPN", "PUBLIC_TRANSPORTATION", "JPY", 210, 14_500},
	{"TFL TRAVEL CH", "4111", "GBR", "PUBLIC_TRANSPORTATION", "GBP", 280, 1_490},
	{"CALTRAIN TVM", "4111", "USA", "PUBLIC_TRANSPORTATION", "USD", 600, 2_100},
	{"HERTZ RENT-A-CAR", "3357", "USA", "CAR_RENTAL", "USD", 9_900, 64_000},
	{"SHELL OIL 5744210", "5541", "USA", "GAS_AND_FUEL", "USD", 2_800, 9_900},
	{"SP PLUS PARKING", "7523", "USA", "PARKING_EXPENSES", "USD", 500, 6_400},
	{"CHIPOTLE 2210", "5814", "USA", "RESTAURANTS", "USD", 1_090, 6_800},
	{"CHILI'S GRILL & BAR", "5812", "USA", "RESTAURANTS", "USD", 2_400, 18_900},
	{"SWEETGREEN SOMA", "5814", "USA", "RESTAURANTS", "USD", 1_450, 5_200},
	{"BLUE BOTTLE COFFEE", "5814", "USA", "RESTAURANTS", "USD", 450, 3_800},
	{"CAFE EINSTEIN BERLIN", "5812", "DEU", "RESTAURANTS", "EUR", 620, 9_400},
	{"AL SHAYA KUWAIT", "5812", "KWT", "RESTAURANTS", "KWD", 2_750, 68_500},
	{"DD DOORDASH", "5812", "USA", "FOOD_DELIVERY", "USD", 1_900, 24_000},
	{"WHOLE FOODS MARKET", "5411", "USA", "GROCERY", "USD", 1_200, 21_000},
	{"STAPLES 00118", "5943", "USA", "OFFICE_SUPPLIES", "USD", 890, 42_000},
	{"APPLE.COM/US", "5732", "USA", "ELECTRONICS", "USD", 7_900, 329_900},
	{"DELL MARKETING LP", "5045", "USA", "ELECTRONICS", "USD", 12_900, 289_000},
	{"BEST BUY 498", "5732", "USA", "ELECTRONICS", "USD", 1_999, 119_900},
	{"IKEA SAN FRANCISCO", "5712", "USA", "FURNITURE", "USD", 4_900, 189_000},
	{"FEDEX 7741 0022", "4215", "USA", "SHIPPING", "USD", 1_150, 24_000},
	{"USPS PO 0567", "9402", "USA", "SHIPPING", "USD", 410, 8_200},
	{"LINKEDIN ADS", "7311", "USA", "ADVERTISING_AND_MARKETING", "USD", 25_000, 1_200_000},
	{"GOOGLE ADS 4410983", "7311", "USA", "ADVERTISING_AND_MARKETING", "USD", 50_000, 950_000},
	{"FACEBK ADS", "7311", "USA", "ADVERTISING_AND_MARKETING", "USD", 10_000, 500_000},
	{"WEWORK MEMBERSHIP", "6513", "USA", "RENT", "USD", 39_000, 640_000},
	{"PG&E WEB", "4900", "USA", "UTILITIES", "USD", 8_900, 74_000},
	{"VERIZON WRLS", "4812", "USA", "TELEPHONY", "USD", 6_500, 98_000},
	{"UDEMY INC", "8299", "USA", "TRAINING_AND_EDUCATION", "USD", 1_499, 36_000},
	{"O'REILLY MEDIA", "5192", "USA", "BOOKS_AND_NEWSPAPERS", "USD", 3_900, 49_900},
	{"KUBECON REGISTRATION", "7399", "USA", "CONFERENCES", "USD", 59_900, 199_900},
	{"WEB SUMMIT", "7399", "PRT", "CONFERENCES", "EUR", 79_500, 185_000},
	{"GOGO INFLIGHT", "4899", "USA", "TRAVEL_WIFI", "USD", 800, 4_995},
	{"FASTRAK CSC", "4784", "USA", "TOLL_AND_BRIDGE_FEES", "USD", 700, 5_000},
	{"CA SECRETARY OF STATE", "9399", "USA", "FEES_AND_LICENSES_AND_TAXES", "USD", 2_000, 80_000},
	{"1-800-FLOWERS", "5992", "USA", "FLOWERS", "USD", 4_900, 16_900},
	{"ONE MEDICAL", "8011", "USA", "MEDICAL", "USD", 4_000, 25_000},
	{"COOLEY LLP", "8111", "USA", "LEGAL_SERVICES", "USD", 150_000, 2_500_000},
	{"UPWORK -431188", "7399", "USA", "CONSULTANT_AND_CONTRACTOR", "USD", 20_000, 620_000},
}

// toUSD converts minor units to US cents at a fixed rate, as a fraction.
var toUSD = map[string][2]int64{
	"USD": {1, 1},
	"EUR": {108, 100},
	"GBP": {127, 100},
	"JPY": {67, 100},   // no minor unit
	"KWD": {325, 1000}, // three digits
}

var memos = []string{
	"Team lunch", "Client dinner", "Flight to customer onsite", "Hotel for onsite", "Monthly subscription", "Taxi to airport",
	"Office supplies", "New laptop for new hire", "Conference ticket", "Q4 ad campaign", "Snacks for the office",
	"Replacement monitor", "Offsite travel", "Coffee with candidate", "Domain renewal", "Shipping samples to customer",
	"Training course", "Parking downtown", "Cloud hosting", "Contractor invoice", "Birthday flowers", "Working dinner, late release",
}

var budgetNames = []string{"Engineering Tools", "Travel and Events", "Marketing Programs", "Office and Facilities", "Team Meals",
	"Recruiting", "Sales Travel", "Cloud Infrastructure", "Learning and Development", "Contractors", "Hardware", "Customer Gifts"}

var vendorNames = []string{
	"Acme Office Supply", "Northwind Logistics", "Bluepeak Consulting", "Harbor Legal LLP", "Cedar & Pine Interiors",
	"Summit Payroll Services", "Brightline Media", "Evergreen Janitorial", "Redwood Staffing", "Atlas Freight",
	"Keystone Insurance Brokers", "Silverlake Catering", "Orchard Print Shop", "Lumen Data Systems", "Pacific Coast Properties",
	"Granite Security", "Meridian Translations", "Willow Creek Design", "Ironbridge Electric", "Horizon Event Rentals",
	"Clearwater Accounting", "Foxglove PR", "Tidewater Networks", "Bayside Movers", "Sterling Audio Visual", "Maple Street Cafe",
	"Pioneer Tax Advisors", "Quarry Lane Studios", "Vantage Research", "Wayfarer Travel Agency",
}

var declineReasons = []string{"EXCEEDED_CARD_LIMIT", "EXCEEDED_BUDGET_LIMIT", "BUDGET_MERCHANT_RESTRICTION", "SUSPECTED_FRAUD",
	"CARD_SUSPENDED", "INVALID_CVV", "MCC_BLOCKED"}
